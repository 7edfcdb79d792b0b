import type { AddressInfo } from 'node:net';
import type { HostedServer } from './hosted-server.ts';
import type { WantedAddress } from './listen-arguments.ts';

/** A pool's address, as `currentWorker().addresses` has it. */
type PoolAddress = AddressInfo | string;

/**
 * Finds the address of the pool that a server of a program gets: that on the port or path that it
 * wants, with the host that it wants if there are several; else that of an open server on the same
 * port; else where its port stands among those that the program has to keep to, or, if it has to
 * keep to none, the first one that no open server has.
 *
 * @param wanted where the program wants it to listen
 * @param addresses where the pool listens
 * @param servers the program's servers
 * @param ports those that the program has to keep to, in the order of the addresses
 * @returns the address's index; undefined when there is none for it
 */
export function placeFor(
  wanted: WantedAddress,
  addresses: readonly PoolAddress[],
  servers: readonly HostedServer[],
  ports: readonly number[],
): number | undefined {
  const fitting = [...addresses.entries()].filter(([, address]) => isAt(address, wanted));
  const [first] = fitting;
  const onHost = fitting.find(([, address]) => hasHost(address, wanted));
  if (first !== undefined) return (onHost ?? first)[0];
  const open = servers.filter((server) => server.open);
  const beside = open.find((server) => samePort(server.wanted, wanted));
  if (beside !== undefined) return beside.addressIndex;
  const anywhere = ports.length === 0 || ('port' in wanted && wanted.port === 0);
  const index = addresses.findIndex((_, candidate) =>
    anywhere
      ? !open.some(({ addressIndex }) => addressIndex === candidate)
      : 'port' in wanted && ports[candidate] === wanted.port,
  );
  return index < 0 ? undefined : index;
}

/** Whether two servers are to listen on one port, such as those that Fastify makes of `localhost`. */
export function samePort(one: WantedAddress, other: WantedAddress): boolean {
  return 'port' in one && 'port' in other && one.port === other.port && one.port !== 0;
}

function isAt(address: PoolAddress, wanted: WantedAddress): boolean {
  if ('path' in wanted) return address === wanted.path;
  return typeof address === 'object' && address.port === wanted.port;
}

function hasHost(address: PoolAddress, wanted: WantedAddress): boolean {
  return typeof address === 'object' && 'host' in wanted && wanted.host === address.address;
}
