/**
 * One suite of behaviors that every kind of pool passes.
 *
 * @module
 */
export type { Capabilities, Capability } from './capabilities.ts';
export { describePool, type SuiteOptions } from './describe-pool.ts';
export type {
  HaproxyLines,
  HaproxyRunner,
  RunningHaproxy,
} from './load-balancers/haproxy-runner.ts';
export { changingHandler, greeting } from './changing-handler.ts';
export { type Program, serve } from './program.ts';
export { lineLoad, type LoadSummary, type SteadyLoad } from './clients/steady-load.ts';
export { certificateForTests, type TestCertificate } from './hosted/certificate-for-tests.ts';
export {
  exchange,
  installPrograms,
  programsIn,
  type RunningProgram,
  runServer,
  withTimeToBoot,
} from './documents/documented-programs.ts';
export { describeReadme } from './documents/readme-programs.ts';
export { type ClientEnd, LineClient } from './clients/line-client.ts';
export {
  createPool,
  type HandlerName,
  handlerUrl,
  listeningPool,
  oneClientPerWorker,
  type PoolKind,
} from './pool-under-test.ts';
