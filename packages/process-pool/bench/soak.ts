/**
 * Restarts, resizes and kills under load, every lost request attributed:
 * `node bench/soak.ts [MINUTES] [SEED]`.
 *
 * @module
 */
import { soak } from '@sockpool/pool-bench/soak';

const [minutes = '10', seed = '1'] = process.argv.slice(2);
const moduleUrl = import.meta.resolve('@sockpool/process-pool');
await soak(
  [
    { name: 'ProcessPool', moduleUrl },
    {
      name: 'ProcessPool accepting in the primary',
      className: 'ProcessPool',
      options: { accept: 'primary' },
      moduleUrl,
    },
  ],
  Number(minutes),
  Number(seed),
);
