import { describe, expect, test } from 'vitest';
import { StackReader } from './stack-reader.ts';

const frame = (functionName: string, lineNumber: number, columnNumber?: number) => ({
  functionName,
  url: '',
  location: { scriptId: '7', lineNumber, columnNumber },
});
const parsed = {
  method: 'Debugger.scriptParsed',
  params: { scriptId: '7', url: 'file:///app/handler.js' },
};

describe('StackReader', () => {
  test('writes frames as in Error.stack, lines and columns from 1', () => {
    const reader = new StackReader();
    expect(reader.read(parsed)).toBeUndefined();
    expect(reader.read({ method: 'Debugger.resumed' })).toBeUndefined();
    expect(
      reader.read({
        method: 'Debugger.paused',
        params: { callFrames: [frame('spin', 0, 4), frame('', 11)] },
      }),
    ).toBe('    at spin (file:///app/handler.js:1:5)\n    at file:///app/handler.js:12:1');
  });

  test('names a script that it was not told of <anonymous>', () => {
    expect(
      new StackReader().read({
        method: 'Debugger.paused',
        params: { callFrames: [frame('f', 1, 1)] },
      }),
    ).toBe('    at f (<anonymous>:2:2)');
  });

  test('shows 50 frames and says how many there are more', () => {
    const reader = new StackReader();
    reader.read(parsed);
    const callFrames = Array.from({ length: 60 }, () => frame('recurse', 0, 0));
    const lines = reader.read({ method: 'Debugger.paused', params: { callFrames } })?.split('\n');
    expect(lines).toHaveLength(51);
    expect(lines?.at(-1)).toBe('    ... 10 more');
  });
});
