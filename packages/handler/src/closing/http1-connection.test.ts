import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Http1Connection } from './http1-connection.ts';

const TIMES = Symbol.for('@sockpool/request-times');

function connection(times: { startedAtMs: number; finishedAtMs: number }): Http1Connection {
  const socket = Object.assign(new EventEmitter(), { [TIMES]: times, bytesRead: 0 });
  return new Http1Connection(socket as unknown as Socket, () => undefined);
}

function ask(of: Http1Connection): { answer: () => void } {
  const request = { headers: {}, complete: true, method: 'GET', url: '/' };
  const response = Object.assign(new EventEmitter(), { req: request });
  of.request(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  return { answer: () => void response.emit('close') };
}

/** What differences of two times may be off by. */
const ROUNDING_MS = 0.001;

/** Reads the clock behind `activityForMs`, which goes on between two looks. */
function sinceMs(of: Http1Connection): { least: number; most: number } {
  const beforeMs = performance.now();
  const { activityForMs } = of.activity;
  return {
    least: beforeMs - activityForMs - ROUNDING_MS,
    most: performance.now() - activityForMs + ROUNDING_MS,
  };
}

test('A connection is busy and idle since the times that were measured', () => {
  const times = { startedAtMs: performance.now() + 60_000, finishedAtMs: 0 };
  const one = connection(times);
  const { answer } = ask(one);
  let since = sinceMs(one);
  expect(since.least).toBeLessThanOrEqual(times.startedAtMs);
  expect(since.most).toBeGreaterThanOrEqual(times.startedAtMs);
  times.finishedAtMs = times.startedAtMs + 60_000;
  answer();
  since = sinceMs(one);
  expect(since.least).toBeLessThanOrEqual(times.finishedAtMs);
  expect(since.most).toBeGreaterThanOrEqual(times.finishedAtMs);
});

test('Measured times of an earlier request count for none', () => {
  const one = connection({ startedAtMs: 1, finishedAtMs: 2 });
  const beganAtMs = performance.now();
  const { answer } = ask(one);
  expect(sinceMs(one).most).toBeGreaterThanOrEqual(beganAtMs);
  const answeredAtMs = performance.now();
  answer();
  expect(sinceMs(one).most).toBeGreaterThanOrEqual(answeredAtMs);
});
