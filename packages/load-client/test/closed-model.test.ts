import { describe, expect, test } from 'vitest';
import { NOTEBOOK_MESSAGES, runLoad, type ReplyEvent } from '../src/index.ts';
import { echoUpperCase, startServer } from './fixtures/echo-server.ts';

describe('closed model', () => {
  test('every connection sends its requests and every reply is verified', async () => {
    await using server = await startServer(echoUpperCase);
    const result = await runLoad({ port: server.port, connections: 7, requests: 11 });
    expect(result.requests).toEqual({
      sent: 77,
      right: 77,
      failed: 0,
      unanswered: 0,
      unsent: 0,
      retried: 0,
    });
    expect(result.latency.count).toBe(77);
    expect(result.connectTime.count).toBe(7);
    expect(result.model).toBe('closed');
    expect(server.accepted()).toBe(7);
  });

  test('onReply hears of each request, its reply and the local port', async () => {
    await using server = await startServer(echoUpperCase);
    const replies: ReplyEvent[] = [];
    await runLoad({
      port: server.port,
      connections: 2,
      requests: 5,
      thinkMs: [0, 2],
      onReply: (reply) => replies.push(reply),
    });
    expect(replies).toHaveLength(10);
    for (const reply of replies) {
      expect(NOTEBOOK_MESSAGES).toContain(reply.request.toString());
      expect(reply.reply.toString()).toBe(reply.request.toString().toUpperCase());
      expect(reply.localAddress).toBe('127.0.0.1');
    }
    expect(new Set(replies.map((reply) => reply.localPort)).size).toBe(2);
  });

  test('an error thrown by onReply ends the run with that error', async () => {
    await using server = await startServer(echoUpperCase);
    const run = runLoad({
      port: server.port,
      requests: 5,
      onReply: () => {
        throw new Error('no more');
      },
    });
    await expect(run).rejects.toThrow('no more');
  });

  test('an abort signal ends the run with what was measured so far', async () => {
    await using server = await startServer(echoUpperCase);
    const stop = new AbortController();
    let replies = 0;
    const result = await runLoad({
      port: server.port,
      connections: 3,
      durationMs: 60_000,
      signal: stop.signal,
      onReply: () => {
        replies += 1;
        if (replies === 50) stop.abort();
      },
    });
    expect(result.aborted).toBe(true);
    expect(result.requests.right).toBe(replies);
    expect(result.requests.sent).toBe(result.requests.right + result.requests.unanswered);
  });
});
