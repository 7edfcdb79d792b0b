import { existsSync } from 'node:fs';
import type { ConnectionHandler, WorkerContext } from '@sockpool/pool-core';

/** Dies once there is a file where the pool's `workerData` says, ready or not: a crash loop's worker. */
const handler: ConnectionHandler = Object.assign((): void => undefined, {
  start: ({ workerData }: WorkerContext) => {
    setInterval(() => {
      if (existsSync(String(workerData))) process.exit(7);
    }, 5);
  },
});
export default handler;
