import { describe, expect, test } from 'vitest';
import { planRelease, type Releasable } from './release-plan.ts';

function releasable(name: string, needs: readonly string[] = [], lacks?: string): Releasable {
  const base = { name, version: '1.0.0', folder: `packages/${name}`, needs };
  return lacks === undefined ? base : { ...base, lacks };
}

describe('planRelease()', () => {
  test('puts each package after those that it needs', () => {
    const { published } = planRelease([
      releasable('command', ['pool', 'control']),
      releasable('pool', ['core']),
      releasable('core'),
      releasable('control', ['core']),
    ]);
    expect(published.map(({ name }) => name)).toEqual(['core', 'pool', 'control', 'command']);
  });

  test('holds back what lacks a binary, and what needs it, and nothing else', () => {
    const { published, heldBack } = planRelease([
      releasable('demo-library', ['demo-library-darwin', 'demo-library-linux']),
      releasable('demo-library-darwin', [], 'it has no binary'),
      releasable('demo-library-linux'),
      releasable('pool'),
    ]);
    expect(published.map(({ name }) => name)).toEqual(['demo-library-linux', 'pool']);
    expect(heldBack).toEqual([
      { name: 'demo-library-darwin', reason: 'it has no binary' },
      { name: 'demo-library', reason: 'it needs demo-library-darwin, which is held back' },
    ]);
  });

  test('refuses a circle by its names', () => {
    expect(() => planRelease([releasable('a', ['b']), releasable('b', ['a'])])).toThrow(
      'Cannot order the release: a needs b needs a',
    );
  });

  test('takes what is no package of the workspace as given', () => {
    const { published } = planRelease([releasable('pool', ['commander'])]);
    expect(published).toHaveLength(1);
  });
});
