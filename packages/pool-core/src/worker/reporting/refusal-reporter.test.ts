import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RefusalRecord } from '../../protocol/refused-connection.ts';
import { RefusalReporter } from './refusal-reporter.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp(): { reporter: RefusalReporter; sent: string[] } {
  const sent: string[] = [];
  const reporter = new RefusalReporter((refused: readonly RefusalRecord[]) => {
    sent.push(
      refused
        .map(({ reason, connections, remoteAddress }) =>
          [reason, connections, remoteAddress].join(' '),
        )
        .join(', '),
    );
  });
  return { reporter, sent };
}

test('a reporter sends the first refusal at once and gathers the others, by reason', () => {
  const { reporter, sent } = setUp();
  reporter.add('denied', '192.0.2.1');
  expect(sent).toEqual(['denied 1 192.0.2.1']);
  for (let count = 0; count < 1_000; count += 1) reporter.add('denied', `192.0.2.${count % 9}`);
  reporter.add('idleTimeout', undefined);
  expect(sent).toHaveLength(1);
  vi.advanceTimersByTime(250);
  expect(sent.slice(1)).toEqual(['denied 1000 192.0.2.0, idleTimeout 1 ']);
  vi.advanceTimersByTime(10_000);
  expect(sent).toHaveLength(2);
  expect(vi.getTimerCount()).toBe(0);
  reporter.add('slow', '192.0.2.1');
  expect(sent.slice(2)).toEqual(['slow 1 192.0.2.1']);
});

test('a reporter that is flushed sends everything once', () => {
  const { reporter, sent } = setUp();
  reporter.add('denied', '192.0.2.1');
  reporter.add('denied', '192.0.2.2');
  reporter.flush();
  reporter.flush();
  vi.advanceTimersByTime(250);
  expect(sent).toEqual(['denied 1 192.0.2.1', 'denied 1 192.0.2.2']);
});
