import { fstatSync } from 'node:fs';
import {
  type ConnectionOptions,
  type InheritedSocket,
  isInheritedFor,
  PrimaryAcceptor,
  type ReceiveMessageOnPort,
  type ResolvedListenOptions,
} from '@sockpool/pool-core';

/**
 * Accepts in the primary, and knows by which number the system calls the listening socket, so
 * that its descriptor can be found and handed to a new primary.
 */
export class RecognizableAcceptor extends PrimaryAcceptor {
  readonly #inherited: InheritedSocket | undefined;
  #inode: number | undefined;

  /**
   * @param connection how connections are set up
   * @param receive Node's `receiveMessageOnPort`
   * @param inherited a socket that is there already, for the port that it listens on
   */
  constructor(
    connection: Required<ConnectionOptions>,
    receive: ReceiveMessageOnPort,
    inherited: InheritedSocket | undefined,
  ) {
    super(connection, receive);
    this.#inherited = inherited;
  }

  /** The inode of the listening socket; undefined before it is open, and where it means nothing. */
  get inode(): number | undefined {
    return this.#inode;
  }

  protected override async bind(
    listen: ResolvedListenOptions,
  ): ReturnType<PrimaryAcceptor['bind']> {
    const { fd, address: inheritedAddress } = this.#inherited ?? {};
    if (fd !== undefined && isInheritedFor(listen, inheritedAddress)) {
      this.#inode = fstatSync(fd).ino;
      return { fd, backlog: listen.backlog };
    }
    const place = await super.bind(listen);
    // Only Linux numbers its sockets in a way that tells them apart.
    if (process.platform === 'linux') {
      this.#inode = fstatSync('fd' in place ? place.fd : place.handle.fd()).ino;
    }
    return place;
  }
}
