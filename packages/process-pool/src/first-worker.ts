/**
 * Forks the first worker of a pool before the pool's code is loaded: most of a start is two boots
 * of Node, and what the program loads meanwhile costs no time.
 *
 * @module
 */
import type { BoundSocket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import {
  bindSocket,
  type ListenOptions,
  opensInspector,
  type ResolvedListenOptions,
  resolveListenOptions,
} from '@sockpool/pool-core/launch';
import { type ForkedWorker, forkWorker, sparesOf, type WorkerLaunch } from './fork-worker.ts';
import { inheritedDescriptors } from './inherited-sockets.ts';

/** With what the first worker of a pool is forked. */
export interface FirstWorkerOptions {
  /** Where the pool is going to listen: the list of ports that its `listen()` gets. */
  readonly listen: readonly ListenOptions[];
  /** The pool's `env`. */
  readonly env: NodeJS.ProcessEnv;
  /** The pool's `execArgv`. */
  readonly execArgv: readonly string[];
  /** The pool's `cwd`. */
  readonly cwd?: string;
}

/** The pool's defaults, which are part of code that is not loaded yet; a test compares them. */
const ACCEPT_BURST = 16;
const MAX_CONNECTIONS = 10_000;

/**
 * Binds the addresses of a pool that is still to be made, and forks its first worker. The pool gets it
 * by its option `firstWorker`, and takes it where it was forked as the pool forks its workers: with
 * the same `env`, `execArgv`, `cwd` and addresses, and defaults for `accept`, `acceptBurst`,
 * `maxConnectionsPerWorker` and `health`. Otherwise it ends, and the pool forks another one.
 *
 * @param options with what it is forked
 * @returns undefined where that has to be left to the pool: when an address cannot be bound,
 *   is no port, or is a predecessor's, when workers are debugged, or when no process can be forked.
 *   The pool then says why.
 */
export async function forkFirstWorker(
  options: FirstWorkerOptions,
): Promise<FirstWorker | undefined> {
  const { env, execArgv } = options;
  if (inheritedDescriptors().length > 0 || opensInspector(execArgv, env)) return undefined;
  const sockets: FirstSocket[] = [];
  try {
    for (const each of options.listen) {
      const listen = await resolveListenOptions(each);
      if (!('port' in listen)) throw new TypeError('Cannot bind ahead: it is no port');
      sockets.push({ listen, bound: await bindSocket(listen) });
    }
    return new FirstWorker(options, sockets);
  } catch {
    // The pool tries it as well, and tells.
    for (const { bound } of sockets) bound.close();
    return undefined;
  }
}

interface FirstSocket {
  readonly listen: ResolvedListenOptions;
  readonly bound: BoundSocket;
}

/** A worker process that no pool has yet; {@link forkFirstWorker} makes it. */
export class FirstWorker {
  readonly #sockets: FirstSocket[];
  readonly #launch: WorkerLaunch;
  #worker: ForkedWorker | undefined;
  readonly #onEnd = (): void => {
    this.#worker = undefined;
  };

  /** @internal */
  constructor({ env, execArgv, cwd }: FirstWorkerOptions, sockets: readonly FirstSocket[]) {
    this.#sockets = [...sockets];
    this.#launch = {
      env,
      execArgv,
      cwd,
      stackPipe: true,
      sockets: sockets.map(({ listen, bound }, addressIndex) => ({
        fd: bound.fd(),
        addressIndex,
        backlog: listen.backlog,
        spares: sparesOf(ACCEPT_BURST, MAX_CONNECTIONS),
      })),
    };
    this.#worker = forkWorker(this.#launch);
    // One that ends by itself is no pool's first: the pool forks another, and tells how that ends.
    this.#worker.child.once('exit', this.#onEnd).once('error', this.#onEnd);
  }

  /** Its process id; undefined once it has ended, or a pool has it. */
  get pid(): number | undefined {
    return this.#worker?.child.pid;
  }

  /**
   * Gives a socket to the pool, once.
   *
   * @param listen where the pool listens
   * @returns undefined when there is none
   * @internal
   */
  takeSocket(listen: ResolvedListenOptions): BoundSocket | undefined {
    const index = this.#sockets.findIndex((socket) => isDeepStrictEqual(socket.listen, listen));
    const [taken] = index < 0 ? [] : this.#sockets.splice(index, 1);
    return taken?.bound;
  }

  /**
   * Gives the process to the pool, once, if it is as the pool wants it; else ends it.
   *
   * @param launch with what the pool forks a worker
   * @internal
   */
  take(launch: WorkerLaunch): ForkedWorker | undefined {
    const worker = this.#worker;
    if (worker === undefined) return undefined;
    if (!isDeepStrictEqual(launch, this.#launch)) {
      this.end();
      return undefined;
    }
    this.#release(worker);
    return worker;
  }

  /** Ends what no pool has taken, the sockets too. Idempotent. */
  end(): void {
    for (const { bound } of this.#sockets.splice(0)) bound.close();
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#release(worker);
    worker.child.on('error', () => undefined).kill('SIGKILL');
  }

  #release({ child }: ForkedWorker): void {
    this.#worker = undefined;
    child.off('exit', this.#onEnd).off('error', this.#onEnd);
  }
}
