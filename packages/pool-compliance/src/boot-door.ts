import { once } from 'node:events';
import net from 'node:net';
import { onTestFinished } from 'vitest';

/** What waits at the door before it runs its program. */
const WAIT =
  "import net from 'node:net';import{once}from'node:events';" +
  "await once(net.connect(+process.env.SOCKPOOL_TEST_DOOR,'127.0.0.1').resume(),'close')";

/** Holds up workers with the handler `ready-when-told` while they load it, or all processes. */
export interface BootDoor {
  /** From now on every Node process that is started waits at the door first. */
  holdProcesses(): void;
  /** Resolves when the next one waits at the door; ending the connection lets it in. */
  loading(): Promise<net.Socket>;
}

/** Makes the door of a test, for pools whose workers have its environment. */
export async function bootDoor(): Promise<BootDoor> {
  const door = net.createServer((worker) => void worker.on('error', () => undefined));
  await once(door.listen(0, '127.0.0.1'), 'listening');
  process.env['SOCKPOOL_TEST_DOOR'] = String((door.address() as net.AddressInfo).port);
  onTestFinished(() => {
    delete process.env['SOCKPOOL_TEST_DOOR'];
    door.close();
  });
  return {
    holdProcesses() {
      const before = process.env['NODE_OPTIONS'];
      const preload = `--import=data:text/javascript,${encodeURIComponent(WAIT)}`;
      process.env['NODE_OPTIONS'] = `${before ?? ''} ${preload}`;
      onTestFinished(() => {
        if (before === undefined) delete process.env['NODE_OPTIONS'];
        else process.env['NODE_OPTIONS'] = before;
      });
    },
    loading: async () => ((await once(door, 'connection')) as [net.Socket])[0],
  };
}
