import http from 'node:http';
import { serverHandler } from '@sockpool/worker-supervisor';
import express from 'express';

const app = express();
app.use(express.json());
app.post('/sum', (request, response) => {
  const { numbers } = request.body as { numbers: number[] };
  response.json({ sum: numbers.reduce((sum, number) => sum + number, 0) });
});

export default serverHandler(http.createServer(app));
