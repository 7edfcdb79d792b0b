import { describeFailure } from './describe-failure.ts';

/**
 * Says in a line why a pool does not listen: of an address that somebody else has, which option gives
 * another one, and how to see who has it; of all else what {@link describeFailure} says.
 *
 * @param error anything that was thrown
 * @param platform what the machine runs; `ss` is there on Linux, `lsof` elsewhere
 */
export function describeStartFailure(error: unknown, platform: string = process.platform): string {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) {
    return describeFailure(error);
  }
  const port = 'port' in error ? Number(error.port) : undefined;
  if (port === undefined) return error.message;
  const look =
    platform === 'linux' ? `ss -ltnp 'sport = :${port}'` : `lsof -nP -iTCP:${port} -sTCP:LISTEN`;
  return `${error.message}; give another port with --port, or see who has this one: ${look}`;
}
