// Measures what the command adds to a program's own start, beside a bare fork and a bare thread, in
// alternation, on Linux: node bench/start.ts [--rounds N]
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });

const COMMAND = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const PROGRAM = `const http = require('http');
http.createServer((req, res) => res.end('hello')).listen(process.env.PORT, '127.0.0.1');
`;

/** The least that a second process costs: one that binds and hands it down, as the command does. */
const FORK = `import net from 'node:net';
import { fork } from 'node:child_process';
const bound = new net.BoundSocket({ port: Number(process.env.PORT), host: '127.0.0.1' });
const stdio = ['ignore', 'inherit', 'inherit', 'ipc', bound.fd()];
const child = fork(new URL('./forked.mjs', import.meta.url), { stdio });
process.once('SIGTERM', () => child.kill());
child.once('exit', () => process.exit());
`;
const FORKED = `import net from 'node:net';
const { listen } = net.Server.prototype;
net.Server.prototype.listen = function () {
  return Reflect.apply(listen, this, [{ fd: 4 }]);
};
await import('./server.cjs');
`;
/** The least that a thread costs. */
const THREAD = `import { Worker } from 'node:worker_threads';
new Worker(new URL('./server.cjs', import.meta.url));
`;

const folder = await mkdtemp(join(tmpdir(), 'start-'));
async function write(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}
const file = await write('server.cjs', PROGRAM);
const fork = await write('fork.mjs', FORK);
await write('forked.mjs', FORKED);
const thread = await write('thread.mjs', THREAD);

const one = ['--workers', '1', '--log', 'json'];
const starts: Readonly<Record<string, (port: string) => readonly string[]>> = {
  'node server.js': () => [file],
  'a bare fork': () => [fork],
  'a bare thread': () => [thread],
  'sockpool serve --port': (port) => [COMMAND, 'serve', file, '--port', port, ...one],
  'sockpool serve --port --threads': (port) => [
    COMMAND,
    'serve',
    file,
    '--port',
    port,
    '--threads',
    ...one,
  ],
  'sockpool serve, port from the program': () => [COMMAND, 'serve', file, ...one],
};

/** What it took until the first answer, in milliseconds. */
interface Sample {
  readonly wall: number;
  /** Of the command and its worker; a busy machine does not change it much. */
  readonly cpu: number;
}

/** Of the kernel's clock for CPU time, in milliseconds. */
const TICK_MS = 10;

const samples = new Map<string, Sample[]>(Object.keys(starts).map((name) => [name, []]));
for (let round = 0; round <= Number(values.rounds); round += 1) {
  for (const [name, args] of Object.entries(starts)) {
    const sample = await measure(args);
    // The first round fills caches.
    if (round > 0) samples.get(name)?.push(sample);
  }
}
await rm(folder, { recursive: true, force: true });

/** Beside what a start has to be compared. */
const FLOORS: Readonly<Record<string, string>> = {
  'sockpool serve --port': 'a bare fork',
  'sockpool serve --port --threads': 'a bare thread',
  'sockpool serve, port from the program': 'a bare fork',
};

for (const [name, taken] of samples) {
  const row = (['wall', 'cpu'] as const).map((field) => {
    const ms = median(taken, field);
    const beside = (other: string): string => {
      const more = ms - median(samples.get(other) ?? [], field);
      return `${more < 0 ? '' : '+'}${more.toFixed(0)}`;
    };
    const floor = FLOORS[name];
    const own = floor === undefined ? '' : `, ${beside(floor)} beside ${floor}`;
    return `${field} ${ms.toFixed(0)} ms (${beside('node server.js')}${own})`;
  });
  console.log(`${name}: ${row.join('; ')}`);
}

async function measure(args: (port: string) => readonly string[]): Promise<Sample> {
  const port = await freePort();
  const startedMs = performance.now();
  const child = spawn(process.execPath, args(String(port)), {
    env: { ...process.env, PORT: String(port), XDG_RUNTIME_DIR: folder },
    stdio: 'ignore',
  });
  await untilAnswer(port, child);
  const sample = { wall: performance.now() - startedMs, cpu: await cpuMs(child.pid ?? 0) };
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
  return sample;
}

async function untilAnswer(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}`);
    const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
    socket.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n').resume();
    let answered = false;
    socket.once('data', () => {
      answered = true;
    });
    const { promise: closed, resolve: onClose } = Promise.withResolvers<void>();
    socket.once('close', () => onClose());
    await closed;
    if (answered) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, 1);
    await promise;
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Of a process and its children. */
async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim();
  const below = children === '' ? [] : children.split(' ').map((child) => cpuMs(Number(child)));
  return (await Promise.all(below)).reduce((sum, ms) => sum + ms, ticks * TICK_MS);
}

function median(taken: readonly Sample[], field: keyof Sample): number {
  const sorted = taken.map((sample) => sample[field]).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
