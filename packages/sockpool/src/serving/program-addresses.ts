import type { ListenOptions } from '@sockpool/process-pool';
import type { Serving } from '../config/resolve-serving.ts';
import { FailedError } from '../cli/exit-codes.ts';
import { describeFailure } from '../cli/describe-failure.ts';
import { programEnvironment } from './program-environment.ts';
import { passedSockets } from './service-manager.ts';

/** Where a pool listens, and whether that is where its program wants to. */
export interface Places {
  readonly addresses: readonly ListenOptions[];
  /** The ports that the program named by itself, and so has to name after a restart too. */
  readonly programPorts: readonly number[];
}

/** Where a pool listens, as far as it is known. */
export interface FoundPlaces {
  /** Undefined while only the program knows. */
  readonly known: Places | undefined;
  /** Rejects with a `FailedError` when the program cannot be loaded. */
  readonly places: Promise<Places>;
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
  return (await findPlaces(serving)).places;
}

/**
 * Begins to find out where to listen, as {@link placesOf} says.
 *
 * @param serving flags and configuration
 * @returns what is known, or else what is known when the program, which runs by now, has told
 * @throws {FailedError} when the sockets of systemd cannot be taken
 */
export async function findPlaces(serving: Serving): Promise<FoundPlaces> {
  const { file, addresses, listen, env } = serving;
  const passed = await passedSockets();
  const known =
    passed.length > 0
      ? passed.map((fd) => ({ fd }))
      : addresses.length > 0
        ? addresses
        : listen.fd !== undefined && [{ fd: listen.fd }];
  if (known) {
    const places = { addresses: known, programPorts: [] };
    return { known: places, places: Promise.resolve(places) };
  }
  const { programAddresses } = await import('@sockpool/handler/program');
  const told = programAddresses(file, { env: { ...programEnvironment(), ...env } });
  return { known: undefined, places: placesTold(told, serving) };
}

async function placesTold(
  told: Promise<readonly ListenOptions[]>,
  { file, host }: Serving,
): Promise<Places> {
  let found;
  try {
    found = await told;
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
