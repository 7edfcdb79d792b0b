import type { Serving } from '../config/resolve-serving.ts';
import { FailedError } from '../cli/exit-codes.ts';
import { describeFailure } from '../cli/describe-failure.ts';
import { passedSocket } from './service-manager.ts';

/** Where a pool listens, as `listen()` takes it. */
export type Address =
  | { readonly port: number; readonly host?: string }
  | { readonly path: string }
  | { readonly fd: number };

/** Where a pool listens, and whether that is where its program wants to. */
export interface Place {
  readonly address: Address;
  /** The port that the program named by itself, and so has to name after a restart too. */
  readonly programPort: number | undefined;
}

/** Where an app listens that does not say. */
const DEFAULT_PORT = 3_000;

/**
 * Says where to listen: on the socket that systemd passes, else as the flags or the configuration
 * say, else where the program itself listens, which is found out by running it once, else on the
 * port in `PORT`, else on 3000.
 *
 * @param serving flags and configuration
 * @throws {FailedError} when the program cannot be loaded, or listens in several places
 */
export async function placeOf(serving: Serving): Promise<Place> {
  const { file, port, host, path, env } = serving;
  const given = { programPort: undefined };
  const fd = (await passedSocket()) ?? serving.listen?.fd;
  if (fd !== undefined) return { address: { fd }, ...given };
  if (path !== undefined) return { address: { path }, ...given };
  if (port !== undefined)
    return { address: { port, ...(host !== undefined && { host }) }, ...given };
  const { programAddresses } = await import('@sockpool/handler/program');
  let found;
  try {
    found = await programAddresses(file, { env: { ...process.env, ...env } });
  } catch (error) {
    throw new FailedError(`Cannot serve '${file}': ${describeFailure(error)}`);
  }
  if (found.length > 1) {
    const places = found.map((each) => each.path ?? each.port).join(' and ');
    throw new FailedError(
      `Cannot serve '${file}': it listens on ${places}, and a pool has one address; choose it by --port`,
    );
  }
  const [wanted] = found;
  if (wanted?.path !== undefined) return { address: { path: wanted.path }, ...given };
  const onHost = host ?? wanted?.host;
  const onPort = wanted?.port ?? (Number(process.env['PORT']) || DEFAULT_PORT);
  return {
    address: { port: onPort, ...(onHost !== undefined && { host: onHost }) },
    // Port 0 is any.
    programPort: wanted?.port === 0 ? undefined : wanted?.port,
  };
}
