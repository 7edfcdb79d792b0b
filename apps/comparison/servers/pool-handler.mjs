import http from 'node:http';
import { serverHandler } from '@sockpool/handler';
import { listener } from './listener.mjs';

export default serverHandler(http.createServer(listener));
