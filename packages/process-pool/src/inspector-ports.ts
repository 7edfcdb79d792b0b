import { inspectorIsOpen, namedInspectorPort, opensInspector } from '@sockpool/pool-core';

const LAST_PORT = 65_535;

/** What a worker process is started with to be debugged. */
export interface InspectorPort {
  /** Node's arguments for the worker. */
  readonly execArgv: readonly string[];
  /** Gives the port back when the worker is gone. Idempotent. */
  release(): void;
}

/**
 * Gives each worker process that is started with `--inspect` or the like a port of its own, the
 * lowest that no other worker has, as `node:cluster` does. They would all want the same one.
 */
export class InspectorPorts {
  readonly #taken = new Set<number>();

  /**
   * Takes a port for one worker.
   *
   * @param execArgv Node's arguments for it
   * @param env its environment
   * @returns undefined when it opens none, or leaves the choice to the system (port 0)
   */
  take(execArgv: readonly string[], env: NodeJS.ProcessEnv): InspectorPort | undefined {
    if (!opensInspector(execArgv, env)) return undefined;
    const named = namedInspectorPort(execArgv, env);
    if (named === 0) return undefined;
    let port = named ?? process.debugPort;
    // The primary's own.
    if (port === process.debugPort && inspectorIsOpen()) port += 1;
    while (this.#taken.has(port)) port += 1;
    if (port > LAST_PORT) return undefined;
    this.#taken.add(port);
    return {
      execArgv: [...execArgv, `--inspect-port=${port}`],
      release: () => void this.#taken.delete(port),
    };
  }
}
