import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { EXIT } from '../src/cli/exit-codes.ts';
import {
  formatHtmlReport,
  formatSummary,
  mergeResults,
  runLoad,
  type SessionOptions,
} from '../src/index.ts';
import { startServer } from './fixtures/echo-server.ts';
import { runCli } from './fixtures/run-cli.ts';

const GUIDE = await readFile(new URL('../../../docs/load-testing.md', import.meta.url), 'utf8');
/** The sessions of the guide: one of HTTP, one of messages. */
const [SHOP = '', TALK = ''] = [...GUIDE.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => text);
const shop = JSON.parse(SHOP) as SessionOptions;
const talk = JSON.parse(TALK) as SessionOptions;

/** A shop that knows its users by a cookie and by a token, and each cart by its name. */
function createShop() {
  const users: string[] = [];
  const listener = async (
    request: http.IncomingMessage | http2.Http2ServerRequest,
    response: http.ServerResponse | http2.Http2ServerResponse,
  ): Promise<void> => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const answer = (status: number, text: string): void => {
      response.statusCode = status;
      (response as http.ServerResponse).end(text);
    };
    const { url = '' } = request;
    if (request.method === 'POST' && url === '/login') {
      const { user, age } = JSON.parse(body) as { user: string; age: number };
      const number = users.push(user) - 1;
      response.setHeader('Set-Cookie', [`sid=${number}; Path=/carts`, 'other=1; Path=/admin']);
      response.setHeader('X-Token', `t${number}`);
      answer(age === 30 ? 200 : 400, JSON.stringify({ cart: { id: `cart ${number}` } }));
      return;
    }
    const number = Number(/^sid=(\d+)$/.exec(request.headers.cookie ?? '')?.[1]);
    const user = users[number];
    if (user === undefined) answer(403, 'who are you?');
    else if (url === `/carts/cart%20${number}`) {
      const authorized = request.headers.authorization === `Bearer t${number}`;
      const form = `<input name="form" value="f${number}"> cart of ${user}`;
      answer(authorized ? 200 : 401, form);
    } else if (url === `/carts/cart%20${number}/orders?form=f${number}`) {
      answer(201, `thanks, ${user}`);
    } else answer(404, `no ${url}`);
  };
  return { users, listener };
}

interface Web {
  readonly port: number;
  readonly users: readonly string[];
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

async function startShop(prepare: (server: http.Server) => void = () => {}): Promise<Web> {
  const { users, listener } = createShop();
  const server = http.createServer((request, response) => void listener(request, response));
  prepare(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    users,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Speaks the protocol of the guide's session of messages, and hears of each line. */
function talkLines(socket: net.Socket, heard: (line: string) => string | undefined): void {
  let rest = '';
  socket.on('data', (chunk) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const reply = heard(line);
      if (reply !== undefined) socket.write(`${reply}\n`);
    }
  });
}

const answerLine = (line: string): string => {
  const [word, what = ''] = line.split(' ');
  if (word === 'HELLO') return `KEY k${what}`;
  if (!/^k\d+$/.test(what)) return 'ERROR';
  return word === 'GET' ? `VALUE of ${what}` : 'BYE';
};

/** Ends each connection behind its first reply, and so between two steps. */
function endAfterReply(socket: net.Socket): void {
  talkLines(socket, (line) => {
    socket.end(`${answerLine(line)}\n`);
    return undefined;
  });
}

describe('a session of HTTP', () => {
  test('takes values from replies into later requests, each step with its counts', async () => {
    await using server = await startShop();
    const result = await runLoad({ port: server.port, connections: 4, sessions: 5, session: shop });
    expect(result.errorReasons).toEqual({});
    expect(result.requests).toMatchObject({ sent: 60, right: 60, failed: 0, unsent: 0 });
    expect(result.sessions).toMatchObject({ completed: 20, failed: 0, cut: 0, unfinished: 0 });
    expect(result.sessions?.steps.map(({ name, right }) => [name, right])).toEqual([
      ['log in', 20],
      ['look', 20],
      ['order', 20],
    ]);
    expect(result.sessions?.duration.count).toBe(20);
    // Each session thinks for 20 ms at least before it looks.
    expect(result.sessions?.duration.minMs).toBeGreaterThanOrEqual(20);
    expect(new Set(server.users).size).toBe(20);
    expect(formatSummary(result)).toMatch(/look +20 +0 +0/);
    expect(formatHtmlReport(result)).toContain('<td>look</td>');
  });

  test('counts its sessions over all threads, and merges', async () => {
    await using server = await startShop();
    const options = { port: server.port, connections: 4, threads: 2, sessions: 3, session: shop };
    const both = await Promise.all([runLoad(options), runLoad(options)]);
    const numbers = server.users.map((user) => Number(/^u(\d+)-\w{6}$/.exec(user)?.[1]));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 24 }, (_, index) => index >> 1),
    );
    const merged = mergeResults(both, { clockSkewMs: 600_000 });
    expect(merged.sessions).toMatchObject({ completed: 24 });
    expect(merged.sessions?.steps[1]).toMatchObject({ name: 'look', right: 24 });
    expect(merged.sessions?.steps[1]?.latency.count).toBe(24);
  });

  test('goes on over connections that the server ends, or opens one for itself', async () => {
    await using closing = await startShop((server) => {
      server.prependListener('request', (_request, response) => {
        response.setHeader('Connection', 'close');
      });
    });
    const ended = await runLoad({ port: closing.port, sessions: 3, session: shop });
    expect(ended.sessions).toMatchObject({ completed: 3, failed: 0, cut: 0 });
    expect(ended.closedAsAnnounced).toBe(9);

    await using server = await startShop();
    const own = { ...shop, newConnection: true };
    const opened = await runLoad({ port: server.port, sessions: 3, connections: 2, session: own });
    expect(opened.sessions).toMatchObject({ completed: 6 });
    expect(opened.opened).toBe(6);
  });

  test('is spoken in HTTP/2', async () => {
    const { users, listener } = createShop();
    const server = http2.createServer((request, response) => void listener(request, response));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const result = await runLoad({
      port,
      connections: 2,
      sessions: 3,
      session: { ...shop, version: '2' },
    });
    server.close();
    expect(result.errorReasons).toEqual({});
    expect(result.sessions).toMatchObject({ completed: 6, failed: 0 });
    expect(users).toHaveLength(6);
  });

  test('begins anew after a step that fails, which says why', async () => {
    await using server = await startShop();
    const steps = [
      { ...shop.steps[0], extract: { cart: { json: '/basket/id' } } },
      { request: 'GET /carts/{{cart}}' },
    ];
    const result = await runLoad({ port: server.port, sessions: 4, session: { ...shop, steps } });
    expect(result.sessions).toMatchObject({ completed: 0, failed: 4 });
    expect(result.sessions?.steps.map(({ right, failed }) => [right, failed])).toEqual([
      [0, 4],
      [0, 0],
    ]);
    const reason = "no value for {{cart}}: the reply has nothing at '/basket/id'";
    expect(result.errorReasons.wrongReply).toEqual({ [reason]: 4 });
  });

  test('without cookies nobody is known', async () => {
    await using server = await startShop();
    const result = await runLoad({
      port: server.port,
      sessions: 2,
      session: { ...shop, cookies: false },
    });
    expect(result.sessions).toMatchObject({ completed: 0, failed: 2 });
    expect(result.statuses).toEqual({ 200: 2, 403: 2 });
  });

  test('is unfinished when the run ends within it, and nothing of it is unsent', async () => {
    await using server = await startServer((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    });
    const steps = [{ request: 'GET /first' }, { request: 'GET /second' }];
    const result = await runLoad({
      port: server.port,
      durationMs: 500,
      drainMs: 0,
      session: { steps },
    });
    expect(result.requests).toMatchObject({ right: 1, unanswered: 1, unsent: 0 });
    expect(result.sessions).toMatchObject({ completed: 0, unfinished: 1 });
    expect(result.sessions?.steps[1]).toMatchObject({ right: 0, unanswered: 1 });
  });
});

describe('a session of messages', () => {
  test('takes values from replies into later messages', async () => {
    const keys = new Set<string>();
    await using server = await startServer((socket) => {
      talkLines(socket, (line) => {
        if (line.startsWith('BYE')) keys.add(line);
        return answerLine(line);
      });
    });
    const result = await runLoad({
      port: server.port,
      framing: 'line',
      connections: 3,
      sessions: 4,
      session: talk,
    });
    expect(result.requests).toMatchObject({ sent: 36, right: 36 });
    expect(result.sessions).toMatchObject({ completed: 12, failed: 0, cut: 0 });
    expect([...keys].toSorted()).toEqual(
      Array.from({ length: 12 }, (_, index) => `BYE k${index}`).toSorted(),
    );
  });

  test('ends with its connection, which breaks the run unless a condition allows it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'load-session-'));
    const file = join(folder, 'talk.json');
    // Time enough for the end to arrive, however busy the machine is.
    const steps = talk.steps.map((step, index) =>
      index === 1 ? { ...step, thinkMs: 60_000 } : step,
    );
    await writeFile(file, JSON.stringify({ steps }));
    const args = ['--framing', 'line', '--session', file, '--sessions', '1', '-q'];
    try {
      await using server = await startServer(endAfterReply);
      const broken = await runCli([`tcp://127.0.0.1:${server.port}`, ...args]);
      expect(broken.stderr).toContain('BROKEN: no session is cut (is 1');
      expect(broken.code).toBe(EXIT.failed);
      await using other = await startServer(endAfterReply);
      const allowed = [...args, '--expect', 'sessions-failed<2'];
      expect(await runCli([`tcp://127.0.0.1:${other.port}`, ...allowed])).toMatchObject({
        code: EXIT.ok,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('ends with a wrong reply', async () => {
    await using server = await startServer((socket) => {
      talkLines(socket, (line) => (line.startsWith('GET') ? 'NOTHING' : answerLine(line)));
    });
    const options = { port: server.port, framing: 'line', sessions: 2, session: talk } as const;
    const result = await runLoad(options);
    expect(result.sessions).toMatchObject({ completed: 0, failed: 2 });
    expect(result.errorReasons.wrongReply).toEqual({ 'the reply does not match /^VALUE /': 2 });
  });

  test('is spoken over WebSocket', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    server.on('connection', (socket) => {
      socket.on('message', (message: Buffer) => socket.send(answerLine(message.toString())));
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const options = { port, websocket: {}, connections: 2, sessions: 3, session: talk };
    const result = await runLoad(options);
    for (const client of server.clients) client.terminate();
    server.close();
    expect(result.sessions).toMatchObject({ completed: 6, failed: 0, cut: 0 });
  });
});

describe('the command', () => {
  let folder = '';
  let web: Web;
  const file = (): string => join(folder, 'shop.json');
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'load-session-'));
    await writeFile(file(), SHOP);
    web = await startShop();
  });
  afterAll(async () => {
    await web[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  test('runs as the guide writes it', async () => {
    await using talking = await startServer((socket) => talkLines(socket, answerLine));
    const talkFile = join(folder, 'talk.json');
    await writeFile(talkFile, TALK);
    const commands = [...GUIDE.matchAll(/```sh\n(npx sockpool-load [^`]*--session[^`]*)```/gs)];
    expect(commands).toHaveLength(2);
    for (const [, command = ''] of commands) {
      const words = command.replaceAll('\\\n', ' ').trim().split(/\s+/).slice(2);
      const args = words.map((word) =>
        word
          .replace('127.0.0.1:8080', `127.0.0.1:${web.port}`)
          .replace('127.0.0.1:7000', `127.0.0.1:${talking.port}`)
          .replace('shop.json', file())
          .replace('talk.json', talkFile)
          // What a busy machine may break is read, and not held.
          .replace("'sessions=1000,p99[look]<200ms,session-p99<2s'", 'sessions=1000,p99[look]<60s'),
      );
      const { code, stdout, stderr } = await runCli([...args, '-q']);
      expect(stderr).not.toContain('BROKEN');
      expect(stdout).toMatch(/sessions +\d+ completed, 0 failed, 0 cut/);
      expect(code).toBe(EXIT.ok);
    }
  });

  test('holds steps and sessions against conditions', async () => {
    const run = [`http://127.0.0.1:${web.port}`, '--session', file(), '--sessions', '2', '-q'];
    const met = 'sessions=2,right[look]=2,errors[order]=0,p99[look]<1m,session-p50>1ms';
    const good = await runCli([...run, '--expect', met.replace('<1m', '<60s')]);
    expect(good.stderr).not.toContain('BROKEN');
    expect(good.code).toBe(EXIT.ok);
    const bad = await runCli([...run, '--expect', 'right[look]>2,sessions-failed=0']);
    expect(bad.stderr).toContain('BROKEN: right[look]>2 (is 2)');
    expect(bad.code).toBe(EXIT.threshold);
  });

  test.each([
    [['--expect', 'p99[lok]<1s'], "'lok' is no step; 'log in', 'look', 'order'"],
    [['--expect', 'connect-p99[look]<1s'], 'a step has times such as'],
    [['--expect', 'unsent[look]=0'], "'right', 'errors' and 'error-rate' only"],
    [['--rate', '5', '-d', '1s'], 'leave out rate and stages'],
    [['-n', '5'], 'give sessions, or durationMs'],
    [['--total-requests', '5'], 'give sessions, or durationMs'],
    [['--requests-per-connection', '5'], 'write newConnection: true in the session'],
    [['--pipeline', '2'], 'leave out pipeline'],
    [['--http-body', 'x'], 'Cannot use --http-body beside --session: write it in the steps'],
    [['--message', 'x'], "write 'message' in its steps"],
    [['--framing', 'line'], 'requests of HTTP go without framing'],
  ])('%j is refused, with what to write', async (args, told) => {
    const run = [`http://127.0.0.1:${web.port}`, '--session', file(), ...args];
    const { code, stderr } = await runCli(run);
    expect(stderr).toContain(told);
    expect(code).toBe(EXIT.usage);
  });

  test('a path in the URL, and a file that is not JSON, are refused', async () => {
    const path = await runCli([`http://127.0.0.1:${web.port}/a`, '--session', file()]);
    expect(path.stderr).toContain("write 'GET /a' in the steps");
    const text = join(folder, 'text.json');
    await writeFile(text, 'GET /');
    const other = await runCli([`http://127.0.0.1:${web.port}`, '--session', text]);
    expect(other.stderr).toContain('it is not JSON');
    expect([path.code, other.code]).toEqual([EXIT.usage, EXIT.usage]);
  });
});
