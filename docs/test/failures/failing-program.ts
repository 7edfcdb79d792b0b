import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { installPrograms } from '@sockpool/pool-compliance';
import { onTestFinished, vi } from 'vitest';
import type { Failure, Kind } from './failure.ts';

const NODE_MODULES = new URL('../../node_modules', import.meta.url);

/** What is on standard error, as a row of the guide says it. */
export interface Seen {
  /** Its first line. */
  readonly entry: string;
  /** The file and the line that follow, of this program. */
  readonly place: string;
  /** All of it. */
  readonly lines: readonly string[];
}

/**
 * Runs a program with a pool in which something goes wrong.
 *
 * @param failure what goes wrong
 * @param kind the kind of pool
 * @returns what it writes to standard error about that
 */
export async function runFailing(failure: Failure, kind: Kind): Promise<Seen> {
  const { Pool, packageName, accept } = kind;
  const folder = await installPrograms(NODE_MODULES, {
    'handler.js': failure.handler ?? 'export default () => undefined;',
    'server.js': `import { ${Pool} } from '${packageName}';
const pool = new ${Pool}({
  handler: new URL('./handler.js', import.meta.url),
  workers: 1,
  accept: '${accept}',
  ${failure.options ?? ''}
});
${failure.program ?? ''}
console.log((await pool.listen()).port);
`,
  });
  const limit = failure.descriptors === undefined ? '' : `ulimit -n ${failure.descriptors};`;
  const child = spawn(
    'sh',
    ['-c', `${limit} exec "$0" "$1"`, process.execPath, join(folder, 'server.js')],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const listening = createInterface(child.stdout)[Symbol.asyncIterator]().next();
  const { value } = await listening;
  if (value !== undefined) {
    const port = Number(value);
    const clients = failure.clients ?? 1;
    for (let client = 0; client < clients; client += 1)
      await speak(port, failure.next === 'closes');
    if (failure.next === 'closes') child.kill('SIGTERM');
    if (failure.next === 'restarts') child.kill('SIGHUP');
    if (failure.next === 'restarts with a broken handler') {
      await writeFile(join(folder, 'handler.js'), `throw new Error('no database');`);
      child.kill('SIGHUP');
    }
  }
  return vi.waitUntil(() => seen(stderr, failure), { timeout: 60_000, interval: 20 });
}

/** Sends a line, and waits for the end of the connection if it is to end. */
async function speak(port: number, untilClosed: boolean): Promise<void> {
  const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume().write('hello\n');
  if (untilClosed) await closed;
}

function seen(stderr: string, { printed = /^\[sockpool\] /, next }: Failure): Seen | undefined {
  const all = stderr.split('\n');
  // A throttled entry comes twice; the last one has the count.
  const at =
    next === 'closes'
      ? all.findIndex((line) => line.includes('more like this'))
      : all.findIndex((line) => printed.test(line));
  // Without the end of the line there is more to come.
  if (at < 0 || at === all.length - 1) return undefined;
  const rest = all.slice(at + 1);
  const end = rest.findIndex((line) => /^(?:\[sockpool\]|Node\.js v)/.test(line));
  const lines = [all[at] ?? '', ...rest.slice(0, end < 0 ? rest.length : end)];
  const [, place = ''] =
    /(?:\/|^)((?:handler|server)\.js:\d+)/m.exec(lines.slice(1).join('\n')) ?? [];
  return { entry: withoutVariables(lines[0] ?? ''), place, lines };
}

/** Puts names for what is different each time. */
function withoutVariables(entry: string): string {
  return entry
    .replaceAll(/(?:file:\/\/)?\/\S*\/(?=handler\.js|server\.js)/g, '')
    .replaceAll(/\b\d+ ms\b/g, '… ms')
    .replaceAll(process.execPath, 'node')
    .replace(
      / of \w+Pool: (?<hint>did you mean .*\?) Allowed are .*/,
      ' of …Pool: $<hint> Allowed are …',
    );
}
