import { fstatSync } from 'node:fs';
import {
  type ConnectionOptions,
  descriptorsOf,
  type InheritedSockets,
  PrimaryAcceptor,
  type ReceiveMessageOnPort,
  type ResolvedListenOptions,
} from '@sockpool/pool-core';

/**
 * Accepts in the primary, and knows by which number the system calls the listening socket, so
 * that its descriptor can be found and handed to a new primary.
 */
export class ProcessAcceptor extends PrimaryAcceptor {
  readonly #inherited: InheritedSockets | undefined;
  #inode: number | undefined;

  /**
   * @param connection how connections are set up
   * @param receive Node's `receiveMessageOnPort`
   * @param inherited sockets that are there already
   */
  constructor(
    connection: Required<ConnectionOptions>,
    receive: ReceiveMessageOnPort,
    inherited: InheritedSockets | undefined,
  ) {
    super(connection, receive);
    this.#inherited = inherited;
  }

  /** A descriptor of the listening socket; undefined before it is open, and where the system does not tell. */
  get fd(): number | undefined {
    return this.#inode === undefined ? undefined : descriptorsOf(this.#inode)[0];
  }

  protected override async bind(
    listen: ResolvedListenOptions,
  ): ReturnType<PrimaryAcceptor['bind']> {
    const inherited = this.#inherited?.take(listen);
    if (inherited !== undefined) {
      this.#inode = fstatSync(inherited.fd).ino;
      return { fd: inherited.fd, backlog: listen.backlog };
    }
    const place = await super.bind(listen);
    // Only Linux numbers its sockets in a way that tells them apart.
    if (process.platform === 'linux') {
      this.#inode = fstatSync('fd' in place ? place.fd : place.handle.fd()).ino;
    }
    return place;
  }
}
