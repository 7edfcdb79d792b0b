/**
 * Restarts, resizes and kills under load, every lost request attributed:
 * `node bench/soak.ts [MINUTES] [SEED]`.
 *
 * @module
 */
import { soak } from '@sockpool/pool-bench/soak';

const [minutes = '10', seed = '1'] = process.argv.slice(2);
const moduleUrl = import.meta.resolve('@sockpool/thread-pool');
await soak(
  [
    { name: 'ThreadPool', moduleUrl },
    {
      name: 'ThreadPool accepting in the workers',
      className: 'ThreadPool',
      options: { accept: 'worker' },
      moduleUrl,
    },
  ],
  Number(minutes),
  Number(seed),
);
