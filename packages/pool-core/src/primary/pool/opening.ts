import type { AddressList } from '../accepting/pool-addresses.ts';
import { type ListenList, resolveListenList } from '../../options/listening/listen-list.ts';
import type { PoolWiring } from './wiring.ts';

/**
 * Opens a pool: takes the addresses, starts the workers, and listens.
 *
 * @param parts what is opened
 * @param options where
 * @param isClosing whether the pool has been told to close meanwhile
 * @returns the addresses; undefined when something failed after the pool was told to close
 * @throws {Error} the system's error when an address cannot be taken, or why the workers cannot start
 */
export async function openPool<KindOptions extends object>(
  { addresses, dispatcher, supervisor, reporter }: PoolWiring<KindOptions>,
  options: ListenList | undefined,
  isClosing: () => boolean,
): Promise<AddressList | undefined> {
  try {
    const taken = await addresses.open(await resolveListenList(options), {
      connection: (...args) => dispatcher.dispatch(...args),
      acceptError: (error) => reporter.acceptError(error),
    });
    if (!isClosing()) await supervisor.start();
    if (!isClosing()) await addresses.listen();
    return taken;
  } catch (error) {
    if (isClosing()) return undefined;
    throw await addresses.reasonOf(error);
  }
}
