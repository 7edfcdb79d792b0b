import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { runLoad, type LoadOptions } from '../src/index.ts';
import { CERTIFICATE, KEY } from './fixtures/certificate.ts';
import { runCli } from './fixtures/run-cli.ts';

type OnStream = (
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
  count: number,
) => void;

const fine: OnStream = (stream, headers) => {
  stream.respond({ ':status': 200 });
  stream.end(`hello ${headers[':path']}`);
};

async function listen(server: net.Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as net.AddressInfo).port;
}

/** Starts an HTTP/2 server; `onStream` also hears how many streams came before on all sessions. */
async function startHttp2(onStream: OnStream = fine, secure = false): Promise<number> {
  const server = secure
    ? http2.createSecureServer({ cert: CERTIFICATE, key: KEY })
    : http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  let count = 0;
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    stream.on('error', () => undefined);
    onStream(stream, headers, count);
    count += 1;
  });
  const port = await listen(server);
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return port;
}

const load = (port: number, options: Partial<LoadOptions> = {}): LoadOptions => ({
  port,
  http: { requests: ['GET /a'], version: '2' },
  connections: 2,
  requests: 10,
  ...options,
});

test.each([
  ['one after the other', {}],
  ['several streams at a time', { pipeline: 5 }],
  ['new connections', { requestsPerConnection: 2 }],
  ['two threads', { threads: 2 }],
] as const)('h2c: %s', async (_name, options) => {
  const result = await runLoad(load(await startHttp2(), options));
  expect(result.requests).toMatchObject({ sent: 20, right: 20, failed: 0 });
  expect(result.statuses).toEqual({ 200: 20 });
  expect(result.settings.framing).toBe('http2');
  expect(result.opened).toBe('requestsPerConnection' in options ? 10 : 2);
  expect(result.receivedBytes).toBeGreaterThan(200);
});

test('bodies and fields go both ways, and what comes is verified', async () => {
  const port = await startHttp2((stream, headers) => {
    let body = '';
    stream.setEncoding('utf8').on('data', (text: string) => (body += text));
    stream.once('end', () => {
      stream.respond({ ':status': 201 });
      stream.end(`${headers[':method']} ${headers['x-a']} ${headers[':authority']} ${body}`);
    });
  });
  const posting = {
    requests: ['POST /a'],
    version: '2' as const,
    headers: { 'X-A': '1', Host: 'a.test' },
    body: 'x'.repeat(100_000),
    expectStatus: 201,
    expectBody: `POST 1 a.test ${'x'.repeat(100_000)}`,
  };
  const { requests } = await runLoad(load(port, { http: posting }));
  expect(requests.right).toBe(20);
  const wrong = await runLoad(load(port, { http: { ...posting, expectBody: 'no' }, requests: 1 }));
  expect(wrong.errors.wrongReply).toBe(2);
  expect(wrong.differences[0]?.reason).toBe('the body is not the expected one');
  expect(wrong.differences[0]?.actual).toMatch(/^HTTP\/2\.0 201\\r\\n/);
});

test('the open model and retries work as with HTTP/1.1', async () => {
  const port = await startHttp2((stream, headers, count) => {
    if (count % 10 === 9) stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
    else fine(stream, headers, count);
  });
  const open = { requests: undefined, rate: 500, totalRequests: 100 };
  const refused = await runLoad(load(port, open));
  expect(refused.errors.closedBeforeReply).toBe(10);
  expect(Object.keys(refused.errorReasons.closedBeforeReply ?? {})[0]).toMatch(/^REFUSED_STREAM/);
  const retried = await runLoad(load(port, { ...open, retries: 5 }));
  expect(retried.requests).toMatchObject({ sent: 100, right: 100, failed: 0 });
  expect(retried.requests.retried).toBeGreaterThanOrEqual(10);
});

test('GOAWAY is an announced end: what is in flight is answered, and nothing is lost', async () => {
  const port = await startHttp2((stream, headers, count) => {
    fine(stream, headers, count);
    if (count % 7 === 6) stream.session?.close();
  });
  const result = await runLoad(load(port, { pipeline: 3, requests: 50 }));
  expect(result.requests).toMatchObject({ sent: 100, right: 100, failed: 0 });
  expect(result.closedAsAnnounced).toBeGreaterThan(5);
});

test.each([
  ['reset', (stream: http2.ServerHttp2Stream) => stream.close(2), 'reset', /INTERNAL_ERROR/],
  [
    'broken within the reply',
    (stream: http2.ServerHttp2Stream) => {
      stream.respond({ ':status': 200 });
      stream.write('half', () => stream.destroy(new Error('broken')));
    },
    'earlyClose',
    /INTERNAL_ERROR/,
  ],
  [
    'cut with its connection',
    (stream: http2.ServerHttp2Stream) => stream.session?.socket.destroy(),
    'closedBeforeReply',
    /the peer ended before the reply/,
  ],
] as const)('a stream that is %s', async (_name, act, errorClass, reason) => {
  const port = await startHttp2(act);
  const { errors, errorReasons, requests } = await runLoad(
    load(port, { connections: 1, requests: 1 }),
  );
  expect(errors[errorClass]).toBe(1);
  expect(Object.keys(errorReasons[errorClass] ?? {})[0]).toMatch(reason);
  expect(requests).toMatchObject({ sent: 1, failed: 1 });
});

test('a reply that never comes times out alone: the connection stays', async () => {
  const port = await startHttp2((stream, headers, count) => {
    if (count > 0) fine(stream, headers, count);
  });
  const result = await runLoad(load(port, { connections: 1, requests: 2, replyTimeoutMs: 3_000 }));
  expect(result.errors.timeout).toBe(1);
  expect(result.requests.right).toBe(1);
  expect(result.opened).toBe(1);
});

test('a server that speaks no HTTP/2 is an error of class protocol', async () => {
  const plain = http.createServer((_request, response) => response.end());
  const port = await listen(plain);
  onTestFinished(() => void plain.close());
  const single = { connections: 1, requests: 1, reconnectAttempts: 0 };
  const { errors, connections } = await runLoad(load(port, single));
  expect({ protocol: errors.protocol, worked: connections.worked }).toEqual({
    protocol: 1,
    worked: 0,
  });
  const refused = await runLoad(load(1, single));
  expect(refused.errors.refused).toBe(1);
});

test('h2:// and h2c:// as URLs', async () => {
  const secure = await startHttp2(fine, true);
  const plain = await startHttp2();
  for (const args of [
    [`h2://127.0.0.1:${secure}/x`, '--tls-insecure'],
    [`h2c://127.0.0.1:${plain}/x`],
  ]) {
    const outcome = await runCli([
      ...args,
      '-n',
      '5',
      '--http-expect-body',
      'hello /x',
      '--json=-',
    ]);
    expect({ code: outcome.code, stderr: outcome.stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(outcome.stdout).requests.right).toBe(5);
  }
  const flagged = await runCli([`http://127.0.0.1:${plain}/x`, '--http2', '-n', '5']);
  expect(flagged.stdout).toContain('5 right replies');
});

test('fields of a connection, which HTTP/2 has not, are refused', async () => {
  const refused = { requests: ['GET /'], version: '2' as const, headers: { Connection: 'close' } };
  await expect(runLoad(load(1, { http: refused }))).rejects.toThrow("header field 'Connection'");
});
