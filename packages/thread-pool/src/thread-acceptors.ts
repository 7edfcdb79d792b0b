import type net from 'node:net';
import {
  type AcceptorEvents,
  PrimaryAcceptor,
  type ResolvedListenOptions,
  SharedSocketAcceptor,
  SocketTransferUnsupportedError,
} from '@sockpool/pool-core';
import { type ListenerCopy, ListenerCopies } from './listener-copies.ts';

/** How a thread that accepts by itself gets its listener. */
export interface ThreadListener {
  /** Begins to make it. */
  copy(): ListenerCopy;
  /** Connections that may wait in the kernel. */
  readonly backlog: number;
}

/** Accepts in the main thread, for threads that get every connection moved to them. */
export class MainThreadAcceptor extends PrimaryAcceptor {
  override async open(
    listen: ResolvedListenOptions,
    events: AcceptorEvents,
  ): Promise<net.AddressInfo | string> {
    requireTcp(listen);
    return super.open(listen, events);
  }
}

/** Holds the listening socket that the threads accept on by themselves, each by a copy. */
export class CopiedListenerAcceptor extends SharedSocketAcceptor {
  readonly #copies = new ListenerCopies(() => this.sharedSocket);

  /** Says how a thread gets a listener. */
  get listener(): ThreadListener {
    return { copy: () => this.#copies.copy(), backlog: this.sharedSocket?.backlog ?? 0 };
  }

  override async open(
    listen: ResolvedListenOptions,
    events: AcceptorEvents,
  ): Promise<net.AddressInfo | string> {
    requireTcp(listen);
    return super.open(listen, events);
  }

  override close(): void {
    this.#copies.close();
    super.close();
  }
}

/** Refuses what cannot be moved to a thread. */
function requireTcp(listen: ResolvedListenOptions): void {
  if (!('path' in listen)) return;
  throw new SocketTransferUnsupportedError(
    `Cannot serve the unix-domain socket '${listen.path}' on threads: Node moves only TCP ` +
      'sockets between threads; listen on a port, or use @sockpool/process-pool',
  );
}
