import type { ProcessPoolOptions } from '@sockpool/process-pool';
import type { SockpoolConfig } from './config/define-config.ts';
import type { ServedProgram } from './serving/start-serving.ts';

/** What a configuration says, for a program that serves another one. */
export interface ServeOptions extends Omit<SockpoolConfig, 'watch'> {
  /** What to serve: a program, an app or a handler module; relative to the current folder. */
  readonly file: string;
  /**
   * Where the pool tells what happens. With a logger, what programs print stays as it is.
   * @default standard error, as `log` says, and what programs print are entries too
   */
  readonly logger?: NonNullable<ProcessPoolOptions['logger']>;
}

/**
 * Does what `sockpool serve` does, within this program: serves a file on workers, with the control
 * socket for `sockpool status` and the others, and resolves when clients are served. Flags and a
 * configuration file play no part. The pool closes on SIGTERM and SIGINT, unless `closeOnSignals` is
 * false.
 *
 * @param options what to serve, and how
 * @throws {TypeError} when an option is unknown or wrong
 * @throws {Error} when the program does not serve; with the reason, file and line
 * @example
 * const { addresses, closed } = await serve({ file: 'server.js', port: 3000 });
 * console.log('listening on', addresses);
 * process.exitCode = await closed;
 */
export async function serve(options: ServeOptions): Promise<ServedProgram> {
  // A configuration imports this module for its types alone, and waits for nothing more.
  const { serveWithin } = await import('./serving/serve-program.ts');
  return serveWithin(options);
}
