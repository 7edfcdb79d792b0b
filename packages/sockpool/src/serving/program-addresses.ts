import type { ListenOptions } from '@sockpool/process-pool';
import type { Serving } from '../config/resolve-serving.ts';
import { FailedError } from '../cli/exit-codes.ts';
import { describeFailure } from '../cli/describe-failure.ts';
import { passedSockets } from './service-manager.ts';

/** Where a pool listens, and whether that is where its program wants to. */
export interface Places {
  readonly addresses: readonly ListenOptions[];
  /** The ports that the program named by itself, and so has to name after a restart too. */
  readonly programPorts: readonly number[];
}

/** Where an app listens that does not say. */
const DEFAULT_PORT = 3_000;

/**
 * Says where to listen: on the sockets that systemd passes, else as the flags or the configuration
 * say, else everywhere where the program itself listens, which is found out by running it once, else
 * on the port in `PORT`, else on 3000.
 *
 * @param serving flags and configuration
 * @throws {FailedError} when the program cannot be loaded
 */
export async function placesOf(serving: Serving): Promise<Places> {
  const { file, addresses, host, listen, env } = serving;
  const passed = await passedSockets();
  if (passed.length > 0) return { addresses: passed.map((fd) => ({ fd })), programPorts: [] };
  if (addresses.length > 0) return { addresses, programPorts: [] };
  if (listen.fd !== undefined) return { addresses: [{ fd: listen.fd }], programPorts: [] };
  const { programAddresses } = await import('@sockpool/handler/program');
  let found;
  try {
    found = await programAddresses(file, { env: { ...process.env, ...env } });
  } catch (error) {
    throw new FailedError(`Cannot serve '${file}': ${describeFailure(error)}`);
  }
  if (found.length === 0) {
    const port = Number(process.env['PORT']) || DEFAULT_PORT;
    return { addresses: [{ port, ...(host !== undefined && { host }) }], programPorts: [] };
  }
  const ports = found.flatMap(({ port }) => port ?? []);
  return {
    addresses: host === undefined ? found : onHost(found, host),
    // Port 0 is any.
    programPorts: ports.includes(0) ? [] : ports,
  };
}

/** Two servers on one port, such as those that Fastify makes of `localhost`, are one address then. */
function onHost(found: readonly ListenOptions[], host: string): readonly ListenOptions[] {
  const ports = new Set(found.flatMap(({ port }) => port ?? []));
  const paths = found.filter(({ path }) => path !== undefined);
  return [...[...ports].map((port) => ({ port, host })), ...paths];
}
