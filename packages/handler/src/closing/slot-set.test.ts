import { describe, expect, it } from 'vitest';
import { SlotSet, type Slotted } from './slot-set.ts';

interface Named extends Slotted {
  readonly name: string;
}

const item = (name: string): Named => ({ name, slot: -1 });

describe('SlotSet', () => {
  it('has what was added and not deleted, each once', () => {
    const set = new SlotSet<Named>();
    const [a, b, c, d] = [item('a'), item('b'), item('c'), item('d')];
    for (const each of [a, b, c]) set.add(each);
    expect(set.delete(b)).toBe(true);
    expect(set.delete(b)).toBe(false);
    expect(set.size).toBe(2);
    set.add(d);
    expect(set.delete(b)).toBe(false);
    expect([...set].map(({ name }) => name).toSorted()).toEqual(['a', 'c', 'd']);
    expect(set.size).toBe(3);
  });

  it('takes one out again after it was in', () => {
    const set = new SlotSet<Named>();
    const [a, b] = [item('a'), item('b')];
    expect(set.delete(a)).toBe(false);
    set.add(a);
    set.add(b);
    set.delete(a);
    set.delete(b);
    set.add(a);
    expect([...set]).toEqual([a]);
    expect(set.delete(b)).toBe(false);
  });

  it('is iterated while its members are deleted', () => {
    const set = new SlotSet<Named>();
    for (const name of 'abcde') set.add(item(name));
    for (const each of set) set.delete(each);
    expect(set.size).toBe(0);
  });
});
