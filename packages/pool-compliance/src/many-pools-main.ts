/**
 * A program with 30 pools: `node many-pools-main.ts MODULE CLASS HANDLER OPTIONS` prints a line when
 * all listen.
 *
 * @module
 */
import type { PoolOptions, WorkerPool } from '@sockpool/pool-core';

const [moduleUrl = '', className = '', handler = '', options = '{}'] = process.argv.slice(2);
const module = (await import(moduleUrl)) as Record<
  string,
  new (options: PoolOptions) => WorkerPool
>;
const Pool = module[className];
if (Pool === undefined)
  throw new TypeError(`Cannot make a pool: '${moduleUrl}' does not export ${className}`);
const pools = Array.from(
  { length: 30 },
  () => new Pool({ ...(JSON.parse(options) as object), handler }),
);
for (const pool of pools) await pool.listen();
console.log(`${pools.length} pools listen`);
