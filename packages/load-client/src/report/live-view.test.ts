import { describe, expect, test } from 'vitest';
import { createErrorCounts } from '../measure/error-class.ts';
import type { LoadProgress } from '../threads/load-progress.ts';
import { LiveView } from './live-view.ts';

const latency = { count: 90, p50Ms: 0.25, p90Ms: 1.5, p99Ms: 12, maxMs: 1500 };

const histogram = [
  { fromMs: 0, toMs: 0.5, count: 80 },
  { fromMs: 0.5, toMs: 1, count: 0 },
  { fromMs: 1, toMs: 2, count: 1 },
];

function progress(second: number): LoadProgress {
  const errors = { ...createErrorCounts(), reset: 2, wrongReply: 1 };
  const total = {
    sent: 100 * (second + 1),
    right: 97 * (second + 1),
    errors,
    errorReasons: {},
    latency,
    statuses: { 200: 97, 503: 1 },
    histogram,
  };
  return { second, sent: 100, right: 97, errors: 3, connections: 4, latency, total };
}

describe('LiveView', () => {
  test('on a terminal it redraws progress, rate, percentiles and errors in place', () => {
    let screen = '';
    const output = { isTTY: true, columns: 100, write: (text: string) => (screen += text) };
    const view = new LiveView(output, { seconds: 10, requests: null });
    view.update(progress(0));
    expect(screen.split('\n')).toEqual([
      `  [${'#'.repeat(3)}${'.'.repeat(27)}] 1 s`,
      '  rate         100 sent/s, 97 right/s, 97 right in all',
      '  last second  p50    250 µs  p90   1.50 ms  p99  12.00 ms  max    1.50 s',
      '  whole run    p50    250 µs  p90   1.50 ms  p99  12.00 ms  max    1.50 s',
      `      < 500 µs ${'#'.repeat(40)} 80`,
      '     < 1.00 ms  0',
      '     < 2.00 ms # 1',
      '  connections  4 open',
      '  statuses     200: 97, 503: 1',
      '  errors       3 (reset 2, wrongReply 1)',
      '',
    ]);
    screen = '';
    view.update(progress(4));
    expect(
      screen.startsWith(`\u001B[10A\u001B[0J  [${'#'.repeat(15)}${'.'.repeat(15)}] 5 s\n`),
    ).toBe(true);
    screen = '';
    view.clear();
    view.clear();
    expect(screen).toBe('\u001B[10A\u001B[0J');
  });

  test('it never writes lines that a narrow terminal would wrap', () => {
    let screen = '';
    const output = { isTTY: true, columns: 30, write: (text: string) => (screen += text) };
    new LiveView(output, { seconds: null, requests: 1000 }).update(progress(0));
    expect(Math.max(...screen.split('\n').map((line) => line.length))).toBe(29);
  });

  test('elsewhere it writes one plain line a second and clears nothing', () => {
    let text = '';
    const output = { write: (more: string) => (text += more) };
    const view = new LiveView(output, { seconds: 10, requests: null });
    view.update(progress(0));
    view.clear();
    expect(text).toBe(
      '   1 s: 100 sent, 97 right, 3 errors, p50 250 µs, p99 12.00 ms, max 1.50 s\n',
    );
  });
});
