import { describe, expect, test } from 'vitest';
import { namedInspectorPort, opensInspector, withoutInspector } from './debugging.ts';

describe('debugging', () => {
  test.each([
    [['--inspect'], undefined, true],
    [['--inspect-brk=9300'], undefined, true],
    [['--inspect-wait=127.0.0.1:0'], undefined, true],
    [[], '--max-old-space-size=64 --inspect', true],
    [['--inspect-port=9300'], undefined, false],
    [['--inspector-like'], '--no-inspect', false],
    [[], undefined, false],
  ])('finds what opens a port in %j and %j: %j', (execArgv, NODE_OPTIONS, opens) => {
    expect(opensInspector(execArgv, { NODE_OPTIONS })).toBe(opens);
  });

  test.each([
    [['--inspect'], '--inspect=9400', 9400],
    [['--inspect=9300'], '--inspect=9400', 9300],
    [['--inspect', '--inspect-port=0.0.0.0:9301'], undefined, 9301],
    [['--inspect-brk=[::1]:9302'], undefined, 9302],
    [['--inspect=localhost'], undefined, undefined],
  ])('finds the port that %j and %j name: %j', (execArgv, NODE_OPTIONS, port) => {
    expect(namedInspectorPort(execArgv, { NODE_OPTIONS })).toBe(port);
  });

  test('takes the debugger, and nothing else, out of an environment', () => {
    const NODE_OPTIONS = '--inspect-brk=9229 --import=./a.js --inspect-publish-uid=http';
    expect(withoutInspector({ NODE_OPTIONS, HOME: '/' })).toEqual({
      NODE_OPTIONS: ' --import=./a.js --inspect-publish-uid=http',
      HOME: '/',
    });
    const plain = { HOME: '/' };
    expect(withoutInspector(plain)).toBe(plain);
  });
});
