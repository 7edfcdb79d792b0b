import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  describeValue,
  requireDurationMs,
  requireInteger,
  requireKnownOptions,
  requireObject,
} from '@sockpool/option-checks';

/** How {@link programHandler} hosts a program. */
export interface ProgramHandlerOptions {
  /**
   * How long the program may take to call `listen()` once it has loaded, in milliseconds; the
   * pool's `bootTimeoutMs` bounds all of its start. Less than that, so that the error says what is missing.
   * @default 40_000
   */
  readonly listenTimeoutMs?: number;
  /**
   * The port that the program has to listen on, or port 0; or a list of ports, on each of which it has
   * to listen. One that listens elsewhere, or not everywhere, fails to start, such as in a restart
   * after a change that nobody meant.
   * @default any: the pool's addresses count
   */
  readonly port?: number | readonly number[];
}

const DEFAULTS = Object.freeze({
  listenTimeoutMs: 40_000,
  port: undefined,
} satisfies Record<keyof ProgramHandlerOptions, unknown>);

/**
 * Gives the URL of a handler module that hosts a whole program, for the pool's option `handler`. The
 * program is loaded by the workers only. It calls `listen()` by itself, or exports an app, a
 * server, or a connection handler; it knows nothing of sockpool.
 *
 * @param program its `file:` URL or absolute path: an ECMAScript or CommonJS module, or TypeScript
 *   that Node runs by itself
 * @param options how it is hosted
 * @throws {TypeError} when it is neither, or an option is unknown or of the wrong kind
 * @throws {RangeError} when a duration or the port is out of bounds
 * @example
 * const pool = new ProcessPool({ handler: programHandler('/app/server.js') });
 * await pool.listen({ port: 3000 });
 */
export function programHandler(program: string | URL, options: ProgramHandlerOptions = {}): string {
  requireObject('Options', options, '{ listenTimeoutMs: 40_000 }');
  requireKnownOptions(options, DEFAULTS, { of: 'programHandler()' });
  const { listenTimeoutMs = DEFAULTS.listenTimeoutMs, port } = options;
  const main = new URL('./program-main.js', import.meta.url);
  main.searchParams.set('program', programUrl(program));
  main.searchParams.set(
    'listenTimeoutMs',
    String(requireDurationMs('listenTimeoutMs', listenTimeoutMs)),
  );
  for (const each of [port ?? []].flat()) {
    main.searchParams.append('port', String(requireInteger('port', each, { min: 1, max: 65_535 })));
  }
  return main.href;
}

/**
 * Tells which program a handler module hosts.
 *
 * @param handlerUrl the module's URL
 * @returns the URL itself when it is a module of another kind
 */
export function programOf(handlerUrl: string): string {
  return new URL(handlerUrl).searchParams.get('program') ?? handlerUrl;
}

/**
 * Tells how long a hosted program may take to listen, in milliseconds.
 *
 * @param handlerUrl the URL of the module that hosts it
 */
export function listenTimeoutOf(handlerUrl: string): number {
  return Number(
    new URL(handlerUrl).searchParams.get('listenTimeoutMs') ?? DEFAULTS.listenTimeoutMs,
  );
}

/**
 * Tells which ports a hosted program has to listen on; none for any.
 *
 * @param handlerUrl the URL of the module that hosts it
 */
export function portsOf(handlerUrl: string): readonly number[] {
  return new URL(handlerUrl).searchParams.getAll('port').map(Number);
}

/**
 * Gives the URL of a program.
 *
 * @param program its `file:` URL or absolute path
 * @throws {TypeError} when it is neither
 */
export function programUrl(program: unknown): string {
  if (program instanceof URL && program.protocol === 'file:') return program.href;
  if (typeof program === 'string') {
    if (isAbsolute(program)) return pathToFileURL(program).href;
    if (URL.canParse(program) && new URL(program).protocol === 'file:') return program;
  }
  throw new TypeError(
    `A program must be a file: URL or an absolute path, got ${describeValue(program)}`,
  );
}
