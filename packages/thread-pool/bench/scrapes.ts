/**
 * A real Prometheus scrapes while workers are restarted, killed and hang under load:
 * `node bench/scrapes.ts [SECONDS]`. It needs Debian's `prometheus`.
 *
 * @module
 */
import { soakScrapes } from '@sockpool/pool-bench/scrape-soak';

const [seconds = '180'] = process.argv.slice(2);
const moduleUrl = import.meta.resolve('@sockpool/thread-pool');
await soakScrapes(
  [
    { name: 'ThreadPool', moduleUrl },
    {
      name: 'ThreadPool accepting in workers',
      className: 'ThreadPool',
      options: { accept: 'worker' },
      moduleUrl,
    },
  ],
  Number(seconds),
);
