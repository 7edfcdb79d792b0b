import type { OpenConnection } from '../../protocol/inspection.ts';
import type { WorkerInfo } from '../../options/workers/worker-info.ts';

/** The connections of one worker, see `WorkerPool.connections()`. */
export interface WorkerConnections extends WorkerInfo {
  /** How many it has open; as far as the primary knows, if it did not answer. */
  readonly activeConnections: number;
  /** The longest open first; undefined when the worker did not answer, such as one that is stuck. */
  readonly connections: readonly OpenConnection[] | undefined;
}
