import type { ServeOptions } from './config/serve-options.ts';
import type { ServedProgram } from './serving/start-serving.ts';

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
