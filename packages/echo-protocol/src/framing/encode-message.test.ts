import { expect, test } from 'vitest';
import { encodeMessage } from './encode-message.ts';
import { FRAMINGS, type Framing, isFraming } from './framing.ts';

test('encodeMessage() frames text and bytes alike', () => {
  for (const message of ['é', Buffer.from('é'), new TextEncoder().encode('é')]) {
    expect(encodeMessage('raw', message)).toEqual(Buffer.from([0xc3, 0xa9]));
    expect(encodeMessage('line', message)).toEqual(Buffer.from([0xc3, 0xa9, 10]));
    expect(encodeMessage('length-prefixed', message)).toEqual(
      Buffer.from([0, 0, 0, 2, 0xc3, 0xa9]),
    );
  }
  expect(encodeMessage('line', '')).toEqual(Buffer.from('\n'));
  expect(encodeMessage('length-prefixed', '')).toEqual(Buffer.from([0, 0, 0, 0]));
});

test('encodeMessage() refuses what the framing cannot carry', () => {
  expect(() => encodeMessage('raw', '')).toThrow(RangeError);
  expect(() => encodeMessage('line', 'a\nb')).toThrow('a newline at byte 1');
  expect(() => encodeMessage('line', 'a\r')).toThrow(RangeError);
  expect(() => encodeMessage('line', 5 as unknown as string)).toThrow(TypeError);
  expect(() => encodeMessage('none' as Framing, 'a')).toThrow(TypeError);
});

test('isFraming() accepts exactly the names in FRAMINGS', () => {
  expect(FRAMINGS).toEqual(['raw', 'line', 'length-prefixed']);
  expect(FRAMINGS.every(isFraming)).toBe(true);
  for (const value of ['', 'RAW', undefined, null, 0, ['raw']])
    expect(isFraming(value)).toBe(false);
});
