import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { controlledPool } from './fixtures/controlled-pool.ts';
import { KINDS } from './fixtures/pools.ts';

const REQUESTS = 10_000;
const AT_ONCE = 50;

/** Numbers that are the same in every run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const METHODS = [
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'HEAD',
  'TRACE',
  'CONNECT',
  'X',
];
const PATHS = [
  '/v1',
  '/v1/status',
  '/v1/stats',
  '/v1/health',
  '/v1/connections',
  '/v1/events',
  '/v1/restart',
  '/v1/resize',
  '/v1/pause',
  '/v1/resume',
  '/v1/stop',
  '/v1/upgrade',
  '/v1/reload-tls',
  '/v1/workers/0/stack',
  '/v1/workers/0/restart',
  '/v1/workers/99/heap',
  '/v1/workers/../stop',
  '/v1/workers/%30/stack',
  '/v1//stop',
  '/V1/STOP',
  '/v1/stop/',
  '/v1/stop%00',
  '*',
  'http://localhost/v1/stop',
  '/v1/openapi.json',
  '/%2e%2e/v1/stop',
  '/__proto__',
  '/v1/toString',
];
const QUERIES = [
  '',
  '?limit=0',
  '?limit=1e9',
  '?limit=-1',
  '?__proto__=1',
  '?constructor',
  '?wait=false',
  '?wait=maybe',
  '?%',
  '?format=xml',
  '?token=the-wrong-token-of-all',
];
const BODIES = [
  '',
  '{}',
  '{',
  '[]',
  'null',
  '"x"',
  '1e999',
  '{"workers":1e9}',
  '{"workers":-0.5}',
  '{"workers":"2"}',
  '{"__proto__":{"token":"x"}}',
  '{"constructor":{"prototype":{}}}',
  '{"handler":"/etc/passwd"}',
  '{"execArgv":["-e","1"]}',
  '{"now":"true"}',
  '{"graceMs":-1}',
  '\ud800',
  '[[[[[[[[[[',
  '{"a":'.repeat(500),
];
const HEADERS = [
  'Origin: https://evil.example',
  'Host: evil.example',
  'Host: ',
  'Content-Type: text/plain',
  'Content-Length: 5',
  'Content-Length: -1',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip',
  'Expect: 100-continue',
  'Upgrade: websocket',
  'Connection: upgrade',
  'Authorization: Bearer x',
  'Authorization: Bearer ',
  'Sec-Fetch-Site: cross-site',
  `X: ${'y'.repeat(20_000)}`,
  ': empty',
  'X Y: z',
];
const TOKEN = 'the-token-that-nobody-guesses';

describe.each(KINDS)('A fuzz of the control of $name', (kind) => {
  test(`of ${REQUESTS} requests without the token does nothing, ends nothing, and stalls nothing`, async () => {
    const {
      pool,
      path,
      client,
      connect: newClient,
    } = await controlledPool(
      kind,
      { name: 'echo-lines' },
      { token: TOKEN, maxClients: AT_ONCE, clientTimeoutMs: 1_000 },
    );
    const random = randomFrom(17);
    const one = <Item>(items: readonly Item[]): Item =>
      items[Math.floor(random() * items.length)] as Item;
    const happened: string[] = [];
    for (const event of [
      'restarting',
      'closing',
      'resized',
      'workerRetired',
      'workerExit',
    ] as const) {
      pool.on(event, () => happened.push(event));
    }
    const statuses = new Map<string, number>();
    const served = await newClient();
    const send = async (index: number): Promise<void> => {
      const body = one(BODIES);
      const lines = [`${one(METHODS)} ${one(PATHS)}${one(QUERIES)} HTTP/1.${one([0, 1, 1, 1, 9])}`];
      if (random() < 0.9) lines.push('Host: localhost');
      if (random() < 0.5) lines.push('Content-Type: application/json');
      if (random() < 0.6) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
      while (random() < 0.4) lines.push(one(HEADERS));
      lines.push('Connection: close');
      let bytes: Buffer = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
      if (random() < 0.1) bytes = bytes.subarray(0, Math.floor(random() * bytes.length));
      if (random() < 0.05) bytes.fill(Math.floor(random() * 256), 0, Math.min(3, bytes.length));
      const socket = connect(path).on('error', () => undefined);
      // A reset is an answer, too.
      const closed = new Promise((resolve) => void socket.once('close', resolve));
      let answer = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        answer += chunk;
      });
      socket.end(bytes);
      await closed;
      const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'none';
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      // Somebody is served all the while.
      if (index % 100 === 0) expect(await served.ask(`still ${index}`)).toBe(`STILL ${index}`);
    };
    let next = 0;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (next < REQUESTS) await send(next++);
      }),
    );
    expect(happened).toEqual([]);
    const allowed = [...statuses.keys()].filter((status) => /^[23]/.test(status));
    expect(allowed).toEqual([]);
    expect(statuses.get('401')).toBeGreaterThan(1_000);
    expect([...statuses.keys()].filter((status) => status.startsWith('5'))).toEqual([]);
    expect((await client.health()).readiness.ok).toBe(true);
    expect((await client.stats()).respawns).toBe(0);
    expect(await served.ask('well')).toBe('WELL');
  });

  test('with the token does only what the API has: no answer is an error of the server', async () => {
    const {
      pool,
      path,
      connect: newClient,
    } = await controlledPool(
      kind,
      { name: 'echo-lines', workers: 1 },
      { token: TOKEN, clientTimeoutMs: 1_000 },
    );
    const random = randomFrom(4);
    const one = <Item>(items: readonly Item[]): Item =>
      items[Math.floor(random() * items.length)] as Item;
    // What is meant to end the pool, start programs or follow it for ever is left out.
    const paths = PATHS.filter((each) => !/stop|upgrade|events|restart|resize/i.test(each));
    const served = await newClient();
    const statuses = new Map<string, number>();
    for (let index = 0; index < 1_000; index += 1) {
      const body = one(BODIES);
      const head =
        `${one(['GET', 'POST'])} ${one(paths)}${one(QUERIES)} HTTP/1.1\r\nHost: localhost\r\n` +
        `Authorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nConnection: close\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
      const socket = connect(path).on('error', () => undefined);
      let answer = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        answer += chunk;
      });
      const closed = new Promise((resolve) => void socket.once('close', resolve));
      socket.write(head + body);
      await closed;
      const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'none';
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    // 501: this program reloads no certificates.
    expect([...statuses.keys()].filter((status) => status.startsWith('5'))).toEqual(['501']);
    expect(statuses.get('200')).toBeGreaterThan(10);
    pool.resume();
    expect(await served.ask('well')).toBe('WELL');
    expect(pool.state).toBe('listening');
  });
});
