import http from 'node:http';
import express from 'express';
import { type ConnectionHandler, serverHandler } from '@sockpool/handler';

const app = express();
app.use(express.json());
app.get('/hello/:name', ({ params }, response) => void response.json({ hello: params['name'] }));
app.post('/json', ({ body }, response) => void response.json({ got: body as unknown }));

/** Hosts an Express application. */
const handler: ConnectionHandler = serverHandler(http.createServer(app));

export default handler;
