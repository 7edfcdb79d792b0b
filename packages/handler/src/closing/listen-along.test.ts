import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { listenAlong } from './listen-along.ts';

test('Two that listen along with others hear before these, and go with them', () => {
  const emitter = new EventEmitter();
  const heard: string[] = [];
  listenAlong(emitter, 'upgrade', () => heard.push('first'));
  listenAlong(emitter, 'upgrade', () => heard.push('second'));
  expect(emitter.listenerCount('upgrade')).toBe(0);
  const other = (): void => void heard.push('other');
  emitter.on('upgrade', other);
  emitter.emit('upgrade');
  expect(heard.toSorted()).toEqual(['first', 'other', 'second']);
  expect(heard.at(-1)).toBe('other');
  emitter.off('upgrade', other);
  expect(emitter.listenerCount('upgrade')).toBe(0);
  emitter.on('upgrade', other);
  expect(emitter.listenerCount('upgrade')).toBe(3);
});

test('However many listen along, one listener follows who listens to the emitter', () => {
  const emitter = new EventEmitter();
  for (let hosting = 0; hosting < 3; hosting += 1) {
    for (const event of ['request', 'upgrade', 'connect']) listenAlong(emitter, event, () => {});
  }
  expect(emitter.listenerCount('newListener')).toBe(1);
  expect(emitter.listenerCount('removeListener')).toBe(1);
});
