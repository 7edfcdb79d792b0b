import { describe, expect, test } from 'vitest';
import type { LoadOptions } from './load-options.ts';
import { resolveLoadOptions } from './resolve-load-options.ts';

describe('resolveLoadOptions()', () => {
  test('one request each is the limit when none is given, and none otherwise', () => {
    expect(resolveLoadOptions({ port: 1 }).requests).toBe(1);
    expect(resolveLoadOptions({ port: 1, durationMs: 5 }).requests).toBe(Number.POSITIVE_INFINITY);
  });

  test.each<[LoadOptions, string]>([
    [{}, 'give a port or a path'],
    [{ port: 1, path: '/x' }, 'not both'],
    [{ port: 1, pipeline: 2 }, 'pipelining needs a framing'],
    [{ port: 1, rate: 5, requests: 3, durationMs: 1 }, 'not per connection'],
    [{ port: 1, rate: 5, thinkMs: [0, 1], durationMs: 1 }, 'no think time'],
    [{ port: 1, rate: 5 }, 'an open run needs'],
    [{ port: 1, pacing: 'timer' }, 'pacing is for requests by a schedule; give rate or stages'],
    [{ port: 1, arrivals: 'poisson' }, 'arrivals is for requests by a schedule'],
    [{ port: 1, rate: 5, stages: [] }, 'a rate or stages'],
    [{ port: 1, threads: 2, connections: 2, onReply: () => {} }, 'onReply needs threads: 1'],
    [
      { port: 1, connections: 11, connectRate: 10, durationMs: 900, warmupMs: 100 },
      'the last of 11 connections would open after 1000 ms, when the run is over',
    ],
    [{ port: 1, connections: 4, rampUpMs: 100, durationMs: 75 }, 'would open after 75 ms'],
    [
      { port: 1, conections: 2 } as LoadOptions,
      'Unknown option conections of runLoad(): did you mean connections?',
    ],
  ])('%j contradicts itself, or says what nobody knows', (options, message) => {
    expect(() => resolveLoadOptions(options)).toThrow(TypeError);
    expect(() => resolveLoadOptions(options)).toThrow(message);
  });

  test('connections that are due to open in time contradict nothing', () => {
    const load = { port: 1, connections: 11, durationMs: 1001 };
    expect(resolveLoadOptions({ ...load, connectRate: 10 }).durationMs).toBe(1001);
    // In the open model connections open before the time begins.
    const open = { ...load, rate: 5, durationMs: 5 };
    expect(resolveLoadOptions({ ...open, connectRate: 10 }).durationMs).toBe(5);
  });

  test.each<[LoadOptions, string]>([
    [{ port: 70_000 }, 'Option port must be a whole number, 1 to 65535, got 70000'],
    [{ port: 1, connections: 0 }, 'Option connections must be a whole number, 1 to 1000000, got 0'],
    [{ port: 1, thinkMs: [5, 1] }, 'Option thinkMs[1] must be a number, 5 to '],
    [{ port: 1, threads: 2 }, 'Cannot share 1 connections among 2 threads'],
    [
      { port: 1, requests: 1.5 },
      'Option requests must be a whole number, 1 or more, or Infinity, got 1.5',
    ],
  ])('%j is out of range', (options, message) => {
    expect(() => resolveLoadOptions(options)).toThrow(RangeError);
    expect(() => resolveLoadOptions(options)).toThrow(message);
  });
});
