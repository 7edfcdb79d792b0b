import { startNetworkProxy } from '@sockpool/load-client';
import { io, type Socket } from 'socket.io-client';
import { DELAY_MS, type Outcome, type Restarts, THINK_MS } from './outcome.ts';

const CLIENTS = 20;

/** How long an answer may take, in milliseconds. */
const ANSWER_MS = 30_000;

/**
 * Emits events that want an answer, over WebSocket, as a client of Socket.IO that asks again what
 * was not answered when its connection ended.
 *
 * @param port where the program is served
 * @param restarts restarts it
 */
export async function emitWhile(port: number, restarts: Restarts): Promise<Outcome> {
  await using proxy = await startNetworkProxy({
    target: { host: '127.0.0.1', port },
    delayMs: DELAY_MS,
  });
  const problems: string[] = [];
  const sockets = Array.from({ length: CLIENTS }, () =>
    io(`http://127.0.0.1:${proxy.port}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 10,
      reconnectionDelayMax: 100,
    }),
  );
  const over = new AbortController();
  const counts = { right: 0, lost: 0, again: 0, cut: 0 };
  for (const socket of sockets) {
    socket.on('connect_error', (error) => problems.push(`cannot connect: ${error.message}`));
    socket.on('disconnect', (reason, details) => {
      const code = codeOf(details);
      if (reason === 'io client disconnect' || reason === 'io server disconnect') return;
      if (code !== 1_012) {
        counts.cut += 1;
        problems.push(`disconnected: ${reason}, code ${code}`);
      }
    });
  }
  const emitting = sockets.map(async (socket, index) => {
    while (!over.signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      setTimeout(resolve, Math.random() * THINK_MS);
      await promise;
      counts[await ask(socket, `client ${index}`, counts)] += 1;
    }
  });
  await restarts();
  over.abort();
  await Promise.all(emitting);
  for (const socket of sockets) socket.disconnect();
  if (counts.again > 0) problems.push(`${counts.again} were asked again after a close`);
  return { right: counts.right, lost: counts.lost + counts.cut, problems: [...new Set(problems)] };
}

async function ask(
  socket: Socket,
  name: string,
  counts: { again: number },
): Promise<'right' | 'lost'> {
  const deadline = performance.now() + ANSWER_MS;
  while (performance.now() < deadline) {
    const gone = Promise.withResolvers<undefined>();
    const onGone = (): void => gone.resolve(undefined);
    socket.once('disconnect', onGone);
    const answer = socket.timeout(ANSWER_MS).emitWithAck('hello', name) as Promise<string>;
    answer.catch(() => undefined);
    const reply = await Promise.race([answer, gone.promise]);
    socket.off('disconnect', onGone);
    if (reply !== undefined) return reply === `hello ${name}` ? 'right' : 'lost';
    counts.again += 1;
  }
  return 'lost';
}

/** The code of the close frame, which Socket.IO's client gives in what it calls the context. */
function codeOf(details: unknown): unknown {
  if (typeof details !== 'object' || details === null) return undefined;
  const context: unknown = Reflect.get(details, 'context');
  return typeof context === 'object' && context !== null ? Reflect.get(context, 'code') : undefined;
}
