import http from 'node:http';
import { isMainThread, threadId } from 'node:worker_threads';
import { type ConnectionHandler, serverHandler } from '@sockpool/handler';
import { exposeMetrics } from '@sockpool/metrics/worker';

const name = `${process.pid}/${threadId}`;
let served = 0;
exposeMetrics({
  getMetricsAsJSON: () =>
    Promise.resolve([
      {
        name: 'app_served_total',
        help: 'Requests served.',
        type: 'counter',
        aggregator: 'sum',
        values: [{ labels: {}, value: served }],
      },
    ]),
});

/** Names its worker in each reply and counts them; `/die` kills the worker, `/hang` stops its event loop. */
const handler: ConnectionHandler = serverHandler(
  http.createServer((request, response) => {
    if (request.url === '/die') die();
    if (request.url === '/hang') for (;;);
    served += 1;
    response.end(name);
  }),
);

function die(): never {
  if (isMainThread) process.kill(process.pid, 'SIGKILL');
  process.exit(9);
}

export default handler;
