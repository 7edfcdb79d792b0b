import { once } from 'node:events';
import { startNetworkProxy } from '@sockpool/load-client';
import { WebSocket } from 'ws';
import { DELAY_MS, type Outcome, type Restarts, THINK_MS } from './outcome.ts';

/** How many people chat. */
const PEOPLE = 20;

/** The code by which a server says that it restarts and that clients may come again (RFC 6455's registry). */
const SERVICE_RESTART = 1_012;

/**
 * Lets people chat over WebSockets, who come again when their connection is closed, and say again
 * what they have not read themselves by then.
 *
 * @param port where the chat is served
 * @param restarts restarts it
 */
export async function chatWhile(port: number, restarts: Restarts): Promise<Outcome> {
  await using proxy = await startNetworkProxy({
    target: { host: '127.0.0.1', port },
    delayMs: DELAY_MS,
  });
  const people = Array.from({ length: PEOPLE }, (_, index) => new Person(index, proxy.port));
  const talks = people.map((person) => person.talk());
  await restarts();
  for (const person of people) person.finish();
  await Promise.all(talks);
  const said = new Set(people.flatMap((person) => person.said));
  // The last words of the others are under way.
  for (const person of people) await person.untilRead(said.size);
  for (const person of people) person.leave();
  const lost = people.reduce((sum, { read }) => sum + missing(said, read), 0);
  const twice = people.reduce((sum, { read }) => sum + read.length - new Set(read).size, 0);
  const cut = people.reduce((sum, person) => sum + person.cut, 0);
  const again = people.reduce((sum, person) => sum + person.saidAgain, 0);
  return {
    right: said.size * PEOPLE - lost,
    lost: lost + cut,
    problems: [
      ...(lost > 0 ? [`${lost} messages did not reach somebody`] : []),
      ...(twice > 0 ? [`${twice} messages came twice`] : []),
      ...(cut > 0 ? [`${cut} connections were cut`] : []),
      ...(again > 0 ? [`${again} messages were said again after a close`] : []),
    ],
  };
}

/** Somebody who chats. */
class Person {
  /** What they have said. */
  readonly said: string[] = [];
  /** What they have read, their own words too. */
  readonly read: string[] = [];
  /** Connections that ended without a word. */
  cut = 0;
  saidAgain = 0;
  readonly #index: number;
  readonly #port: number;
  #socket: WebSocket;
  #finished = false;
  #onRead: () => void = () => undefined;

  constructor(index: number, port: number) {
    this.#index = index;
    this.#port = port;
    this.#socket = this.#connect();
  }

  async talk(): Promise<void> {
    await once(this.#socket, 'open');
    while (!this.#finished) {
      const { promise, resolve } = Promise.withResolvers<void>();
      setTimeout(resolve, Math.random() * THINK_MS);
      await promise;
      const words = `${this.#index}: ${this.said.length}`;
      this.said.push(words);
      this.#say(words);
      await this.#until(() => this.read.includes(words));
    }
  }

  finish(): void {
    this.#finished = true;
  }

  /** Waits until so many messages are read. */
  untilRead(count: number): Promise<void> {
    return this.#until(() => new Set(this.read).size >= count);
  }

  leave(): void {
    this.#socket.removeAllListeners('close').close();
  }

  #say(words: string): void {
    // Otherwise it is said when the connection is open.
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(words);
  }

  async #until(true_: () => boolean): Promise<void> {
    while (!true_()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onRead = resolve;
      await promise;
    }
  }

  #connect(): WebSocket {
    const socket = new WebSocket(`ws://127.0.0.1:${this.#port}/?known=${this.read.length}`);
    socket.on('message', (data) => {
      this.read.push(String(data));
      this.#onRead();
    });
    socket.on('error', () => undefined);
    socket.on('open', () => {
      const last = this.said.at(-1);
      if (last === undefined || this.read.includes(last)) return;
      this.saidAgain += 1;
      socket.send(last);
    });
    socket.on('close', (code) => {
      if (code !== SERVICE_RESTART) this.cut += 1;
      this.#socket = this.#connect();
    });
    return socket;
  }
}

function missing(said: ReadonlySet<string>, read: readonly string[]): number {
  const seen = new Set(read);
  return [...said].filter((words) => !seen.has(words)).length;
}
