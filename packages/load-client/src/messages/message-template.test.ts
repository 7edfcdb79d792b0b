import { describe, expect, test } from 'vitest';
import { compileTemplate, isTemplate } from './message-template.ts';
import { createRandomSource } from '../random-source.ts';
import { createWorkload } from './workload.ts';

const sources = { random: createRandomSource(1), count: () => 7 };

describe('message templates', () => {
  test('counters, random texts and whole numbers are put in', () => {
    const render = compileTemplate('a{{counter}} {{random:8}} {{int:1..6}}{{int:5..5}}', sources);
    for (let round = 0; round < 100; round += 1) {
      expect(render().toString()).toMatch(/^a7 [a-z0-9]{8} [1-6]5$/);
    }
  });

  test.each([
    '{{}}',
    '{{count}}',
    '{{random}}',
    '{{random:-1}}',
    '{{int:6..1}}',
    '{{int:1}}',
    '{{ counter }}',
  ])('the placeholder %s is refused, with what is allowed', (template) => {
    expect(isTemplate(template)).toBe(true);
    expect(() => compileTemplate(template, sources)).toThrow(RangeError);
    expect(() => compileTemplate(template, sources)).toThrow('{{random:<length>}}');
  });

  test('the counters of all shares together count each message once', () => {
    const format = {
      name: 'test',
      canPipeline: false,
      encodeRequest: (message: Buffer) => message,
      expectedWire: () => null,
      expectedReply: () => null,
      createReplyCutter: () => null,
      verify: () => null,
    };
    const counts = [0, 1, 2].flatMap((share) => {
      const next = createWorkload(
        { messages: ['{{counter}}'], messageBytes: null, order: 'random', share, shares: 3 },
        format,
        createRandomSource(share),
      );
      return Array.from({ length: 4 }, () => Number(next().message.toString()));
    });
    expect(counts.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });
});
