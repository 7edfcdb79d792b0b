// As Watt's page on Node applications says: hand over the server, which Watt starts and closes.
import http from 'node:http';
import { listener } from './listener.mjs';

export const create = () => http.createServer(listener);
