import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { handlerUrl, LineClient } from '@sockpool/pool-compliance';
import { describe, expect, onTestFinished, test } from 'vitest';
import { activate, withoutActivate } from './fixtures/socket-activate.ts';

const skipped = withoutActivate === undefined ? '' : ` (skipped: ${withoutActivate})`;
const program = fileURLToPath(new URL('fixtures/activated-pool.ts', import.meta.url));

describe.skipIf(withoutActivate !== undefined)(`systemd-socket-activate${skipped}`, () => {
  test.each(['ProcessPool', 'ThreadPool'])(
    'starts a %s with its first client, who is served, and whose workers see no variables',
    async (className) => {
      const { service, port } = await activate([program, className, handlerUrl('commands').href]);
      onTestFinished(() => void service.kill('SIGKILL'));
      const client = await LineClient.connect({ address: '127.0.0.1', family: 'IPv4', port });
      expect(await client.ask('echo hello')).toBe('HELLO');
      expect(await client.ask('env LISTEN_FDS')).toBe('undefined');
      const [line] = (await once(createInterface(service.stdout!), 'line')) as [string];
      expect(JSON.parse(line)).toEqual({
        passed: { fd: 3, name: 'web' },
        address: { address: '127.0.0.1', family: 'IPv4', port },
      });
      const ended = once(service, 'exit');
      service.kill('SIGTERM');
      // Its open connection is served to the end.
      expect(await client.ask('echo bye')).toBe('BYE');
      expect(await client.end()).toEqual({ errorCode: undefined });
      expect(await ended).toEqual([0, null]);
    },
  );
});
