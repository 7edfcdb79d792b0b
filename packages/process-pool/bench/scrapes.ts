/**
 * A real Prometheus scrapes while workers are restarted, killed and hang under load:
 * `node bench/scrapes.ts [SECONDS]`. It needs Debian's `prometheus`.
 *
 * @module
 */
import { soakScrapes } from '@sockpool/pool-bench/scrape-soak';

const [seconds = '180'] = process.argv.slice(2);
const moduleUrl = import.meta.resolve('@sockpool/process-pool');
await soakScrapes(
  [
    { name: 'ProcessPool', moduleUrl },
    {
      name: 'ProcessPool accepting in the primary',
      className: 'ProcessPool',
      options: { accept: 'primary' },
      moduleUrl,
    },
  ],
  Number(seconds),
);
