/** Where a program wants to listen. */
export type WantedAddress =
  | { readonly port: number; readonly host: string | undefined }
  | { readonly path: string };

/** What a call of `server.listen()` says. */
export interface WantedListen {
  readonly address: WantedAddress;
  readonly callback: (() => void) | undefined;
  /** Closes the server when it fires. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads the arguments of `server.listen()` as Node does.
 *
 * @param args the arguments
 * @returns undefined for what is not taken over: a handle, a descriptor, and what Node refuses
 */
export function wantedListen(args: readonly unknown[]): WantedListen | undefined {
  const last = args.at(-1);
  const callback = typeof last === 'function' ? (last as () => void) : undefined;
  const [first, second] = args;
  if (first === undefined || first === null || typeof first === 'function') {
    return { address: { port: 0, host: hostOf(second) }, callback, signal: undefined };
  }
  if (typeof first === 'object') {
    const { port, host, path, fd, handle, _handle, signal } = first as Record<string, unknown>;
    if (fd !== undefined || handle !== undefined || _handle !== undefined) return undefined;
    const wanted = { callback, signal: signal instanceof AbortSignal ? signal : undefined };
    if (port === undefined && typeof path === 'string') return { address: { path }, ...wanted };
    if (port === undefined && !('port' in first)) return undefined;
    const number = portOf(port ?? 0);
    if (number === undefined) return undefined;
    return { address: { port: number, host: hostOf(host) }, ...wanted };
  }
  const port = portOf(first);
  if (port !== undefined) {
    return { address: { port, host: hostOf(second) }, callback, signal: undefined };
  }
  // What looks like a number and is no port is refused by Node.
  if (typeof first !== 'string' || first === '' || Number(first) >= 0) return undefined;
  return { address: { path: first }, callback, signal: undefined };
}

function portOf(value: unknown): number | undefined {
  if (typeof value === 'string' && value.trim() === '') return undefined;
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const port = Number(value);
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : undefined;
}

function hostOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
