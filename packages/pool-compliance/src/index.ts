/**
 * One suite of behaviours that every kind of pool passes.
 *
 * @module
 */
export { describePool } from './describe-pool.ts';
export { describeReadme, programsIn } from './readme-programs.ts';
export { type ClientEnd, LineClient } from './line-client.ts';
export {
  createPool,
  type HandlerName,
  handlerUrl,
  listeningPool,
  oneClientPerWorker,
  type PoolKind,
} from './pool-under-test.ts';
