import http2 from 'node:http2';
import { serverHandler } from '@sockpool/worker-supervisor';

export default serverHandler(
  http2.createServer(
    (request, response) => void response.end(`h${request.httpVersion} ${request.url}`),
  ),
);
