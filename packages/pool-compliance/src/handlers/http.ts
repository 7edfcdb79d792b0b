import http from 'node:http';
import { serverHandler } from '@sockpool/worker-supervisor';
import { finishSlowResponses, httpApp } from './http-app.ts';

export default serverHandler(
  http.createServer(
    { headersTimeout: 300, connectionsCheckingInterval: 50 },
    (request, response) => void httpApp(request, response),
  ),
  { onDraining: finishSlowResponses },
);
