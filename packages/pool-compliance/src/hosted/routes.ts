import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { threadId } from 'node:worker_threads';
import type { ServerHandlerOptions } from '@sockpool/pool-core';

/** Bytes of `/download`, which no two neighbors and no two lines share. */
export const DOWNLOAD: Buffer = Buffer.from(
  Uint8Array.from({ length: 2 ** 20 }, (_, index) => (index * 31 + (index >> 8)) % 251),
);

/** What requests of HTTP/1 and HTTP/2 have in common. */
type Request = Readable & {
  readonly url?: string | undefined;
  readonly socket?: { readonly remoteAddress?: string | undefined };
};
/** What their responses have in common. */
interface Response {
  end(body: string | Uint8Array): unknown;
}

const holding: (() => void)[] = [];
let lingering = 0;
const { promise: draining, resolve: onDraining } = Promise.withResolvers<void>();

const routes: Readonly<
  Record<string, (request: Request, argument: string) => Promise<string | Uint8Array>>
> = {
  echo: async (_, text) => text,
  remote: async ({ socket }) => String(socket?.remoteAddress),
  where: async () => `${process.pid}/${threadId}`,
  upload: async (request) =>
    // Loaded here, since most workers of the tests do without.
    process
      .getBuiltinModule('node:crypto')
      .createHash('sha256')
      .update(await buffer(request))
      .digest('hex'),
  download: async () => DOWNLOAD,
  /** Replies when another client asks for `/release`. */
  hold: async () => {
    await new Promise<void>((resolve) => holding.push(resolve));
    return 'held';
  },
  /** How many are held. */
  held: async () => String(holding.length),
  release: async () => String(release()),
  /** Replies when the worker leaves, and releases what is held if it is told to. */
  linger: async (_, verb) => {
    lingering += 1;
    await draining;
    if (verb === 'release') release();
    return 'lingered';
  },
  lingering: async () => String(lingering),
};

function release(): number {
  const held = holding.splice(0);
  for (const reply of held) reply();
  return held.length;
}

/** A request listener for `http`, `https` and `http2` servers, whose routes test a hosted server. */
export async function serveRoutes(request: Request, response: Response): Promise<void> {
  const [, name = '', argument = ''] = (request.url ?? '').split('/');
  const body = await routes[name]?.(request, argument);
  response.end(body ?? `no route ${name}`);
}

/** Makes the options of `serverHandler` from the query of the handler module's URL. */
export function hostingOptions(moduleUrl: string): ServerHandlerOptions {
  const idleGraceMs = new URL(moduleUrl).searchParams.get('idleGraceMs');
  return { onDraining, ...(idleGraceMs !== null && { idleGraceMs: Number(idleGraceMs) }) };
}
