import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { describeEachBackend } from '../fixtures/each-backend.ts';
import { buildFile, generatedModule, type Open } from '../fixtures/generated-module.ts';

const source = (ending: string): string =>
  fileURLToPath(new URL(`../fixtures/headers/layouts.${ending}`, import.meta.url));

interface Cell {
  value: unknown;
}

describeEachBackend((backend) => {
  test('structs and unions have the layout of the compiler, variables and kept callbacks work', async () => {
    const path = buildFile(`layouts-${backend.replace(':', '-')}.so`, '');
    execFileSync(process.env['CC'] || 'cc', ['-shared', '-fPIC', '-o', path, source('c')]);
    const { module, leftOut } = await generatedModule(
      `Layouts${backend.replaceAll(/\W/g, '')}`,
      source('h'),
      {
        name: 'Layouts',
        hints: { set_next: { next: { kept: true, nullable: true, callback: { texts: 'text' } } } },
      },
    );
    const c = (module['openLayouts'] as Open)(path, { backend });
    const v = c as unknown as Record<string, Cell>;

    expect(c['tight_sum']?.({ tag: 'A', value: 35 })).toBe(100);
    const tight = { tag: 'A', value: 2 };
    c['tight_bump']?.(tight);
    expect(tight).toEqual({ tag: 'B', value: 12 });
    expect(c['paired_sum']?.({ tag: 'A', value: 0.5 })).toBe(65.5);
    expect(c['spread_value']?.({ tag: 'A', value: -7 })).toBe(-7);

    const flags = { low: 5, high: 21, signed_one: -9, set: true, rest: 2n ** 33n };
    c['flags_turn']?.(flags);
    expect(flags).toEqual({ low: 2, high: 21, signed_one: 9, set: false, rest: 2n ** 33n + 1n });
    expect(c['flags_sum']?.({ ...flags, rest: 4n })).toBe(2 + 210 + 9000 + 4);
    expect(() => c['flags_sum']?.({ ...flags, low: 8 })).toThrow(RangeError);

    const word = c['word_of']?.(0x3f80_0000) as { whole: number; parts: number[]; real: number };
    expect([word.whole, word.parts, word.real]).toEqual([0x3f80_0000, [0, 0, 0x80, 0x3f], 1]);
    word.real = 2;
    expect(c['word_whole']?.(word)).toBe(0x4000_0000);
    const { of } = module['word'] as { of(member: object): { whole: number } };
    const event = { kind: 1, data: of({ parts: [1, 2, 3, 4] }) };
    c['event_set']?.(event, 9);
    expect([event.kind, event.data.whole]).toEqual([2, 0x0403_0209]);

    expect(c['nameless_sum']?.({ a: 1, b: 2, c: 3, d: 4 })).toBe(4321n);
    expect(c['tiny_next']?.(199)).toBe(200);
    expect(c['with_tiny']?.({ kind: 200, rest: '\x01' })).toBe(401);

    expect([v['counter']?.value, v['ratio']?.value, v['greeting']?.value]).toEqual([
      5,
      0.75,
      'hello',
    ]);
    (v['counter'] as Cell).value = 8;
    expect(c['read_counter']?.()).toBe(8);
    expect(v['tight_one']?.value).toEqual({ tag: '\x01', value: 2 });
    expect(() => ((v['ratio'] as Cell).value = 1)).toThrow(TypeError);

    const keep = module['keep_next_value'] as (call: (...args: never[]) => number) => Disposable & {
      dispose(): void;
    };
    const next = keep((value: number, texts: string[]) => value + texts.join().length);
    if (backend === 'ffi-rs') {
      expect(() => c['set_next']?.(next)).toThrow("{ backend: 'koffi' or 'node:ffi' } can");
    } else {
      c['set_next']?.(next);
      expect(c['call_next']?.(10)).toBe(17);
    }
    c['set_next']?.(null);
    expect(c['call_next']?.(10)).toBe(10);
    next.dispose();
    expect(() => c['set_next']?.(next)).toThrow();

    expect(leftOut.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
      "names: the array 'names' has no length of its own",
      'own: it is a variable of each thread',
      'in_header: it is in the header, and no library has it',
      'struct vast: it is aligned to 64 bytes',
    ]);
    const check = module['checkLayoutsLayouts'] as (options: object) => Promise<void>;
    await check({ headers: [source('h')] });
  });
});
