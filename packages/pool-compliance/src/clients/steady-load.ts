import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type LoadResult, runLoad } from '@sockpool/load-client';
import { Http1Client } from './http1-client.ts';
import { portAddress } from './port-address.ts';

/** A load that goes on until it is stopped. */
export interface SteadyLoad {
  /** Resolves when some replies have come: the load is under way. */
  readonly underWay: Promise<void>;
  /** Stops the load and tells what it saw. */
  stop(): Promise<LoadSummary>;
}

/** What a load saw. */
export interface LoadSummary {
  readonly right: number;
  /** What went wrong, by name; empty when nothing did. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Lines over connections of which each serves some requests and is then replaced by a new one. */
export function lineLoad(address: AddressInfo | string | undefined): SteadyLoad {
  const { address: host, port } = portAddress(address);
  const stopping = new AbortController();
  const { promise: underWay, resolve } = Promise.withResolvers<void>();
  let replies = 0;
  const run = runLoad({
    host,
    port,
    connections: 20,
    requestsPerConnection: 10,
    thinkMs: [0, 4],
    durationMs: 60_000,
    framing: 'line',
    // Every failed attempt and every connection that ends early counts.
    reconnectAttempts: 0,
    onReply: () => {
      replies += 1;
      if (replies === 40) resolve();
    },
    signal: stopping.signal,
  });
  onTestFinished(() => stopping.abort());
  return {
    underWay,
    stop: async () => {
      stopping.abort();
      const result: LoadResult = await run;
      const errors = Object.entries(result.errors).filter(([, count]) => count > 0);
      return {
        right: result.requests.right,
        errors: Object.fromEntries(
          result.closedWhileIdle > 0
            ? [...errors, ['closedWhileIdle', result.closedWhileIdle]]
            : errors,
        ),
      };
    },
  };
}

/** HTTP/1 requests over keep-alive connections, each used until the server says `Connection: close`. */
export function httpLoad(address: AddressInfo | string | undefined): SteadyLoad {
  const { promise: underWay, resolve } = Promise.withResolvers<void>();
  const errors: Record<string, number> = {};
  const stopping = new AbortController();
  let right = 0;
  const count = (name: string): void => {
    errors[name] = (errors[name] ?? 0) + 1;
  };
  const useOneConnection = async (): Promise<void> => {
    const client = await Http1Client.connect(address);
    for (;;) {
      const reply = await client.get('/');
      if (reply?.status !== 200) {
        count(reply === undefined ? 'noReply' : `status${reply.status}`);
        break;
      }
      right += 1;
      if (right === 40) resolve();
      if (reply.close || stopping.signal.aborted) break;
    }
    client.socket.end();
    const { errorCode, truncated } = await client.ended;
    if (errorCode !== undefined) count(errorCode);
    if (truncated) count('truncated');
  };
  const lanes = Array.from({ length: 10 }, async () => {
    while (!stopping.signal.aborted) {
      await useOneConnection().catch((error: NodeJS.ErrnoException) =>
        count(error.code ?? error.message),
      );
    }
  });
  onTestFinished(() => stopping.abort());
  return {
    underWay,
    stop: async () => {
      stopping.abort();
      await Promise.all(lanes);
      return { right, errors };
    },
  };
}
