/**
 * A program with a pool that restarts, resizes and tells its stats when it is told to:
 * `node restartable-pool-main.ts MODULE CLASS OPTIONS`.
 *
 * @module
 */
import type { PoolOptions, WorkerPool } from '@sockpool/pool-core';
import { obeyCommands } from './commanded-server.ts';

const [moduleUrl = '', className = '', options = '{}'] = process.argv.slice(2);
const module = (await import(moduleUrl)) as Record<
  string,
  new (options: PoolOptions) => WorkerPool
>;
const Pool = module[className];
if (Pool === undefined) throw new TypeError(`Module '${moduleUrl}' has no export '${className}'`);
const ignore = (): undefined => undefined;
const pool = new Pool({
  ...(JSON.parse(options) as PoolOptions),
  // What it refuses or rejects is in its stats.
  logger: { debug: ignore, info: ignore, warn: ignore, error: console.error },
});
const address = await pool.listen({ backlog: 65_535 });
process.stdout.write(`${JSON.stringify({ event: 'listening', value: { address } })}\n`);
await obeyCommands(pool);
