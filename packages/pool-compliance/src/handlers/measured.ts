import http from 'node:http';
import { type ConnectionHandler, serverHandler } from '@sockpool/handler';
import { exposeMetrics } from '@sockpool/metrics/worker';

let served = 0;
exposeMetrics({
  getMetricsAsJSON: () =>
    Promise.resolve([
      {
        name: 'app_served_total',
        help: 'Requests served.',
        type: 'counter',
        aggregator: 'sum',
        values: [{ labels: { app: 'measured' }, value: served }],
      },
      {
        name: 'app_open',
        help: 'Workers that are there.',
        type: 'gauge',
        aggregator: 'sum',
        values: [{ labels: {}, value: 1 }],
      },
    ]),
});

/** An HTTP server that counts its requests in a registry of its own; `/exit` ends its worker at once. */
const handler: ConnectionHandler = serverHandler(
  http.createServer((request, response) => {
    if (request.url === '/exit') process.exit(3);
    if (request.url === '/spin') spin();
    served += 1;
    response.statusCode = request.url === '/missing' ? 404 : 200;
    response.end('served');
  }),
);

function spin(): never {
  for (;;);
}

export default handler;
