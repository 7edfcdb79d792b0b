/**
 * Records `sockpool top` on a terminal while an HTTP server is under load and restarts, and writes it
 * as a picture that moves: `node docs/pictures/record-top.ts`. It needs `script` of util-linux.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const SOCKPOOL = fileURLToPath(new URL('./cli.js', import.meta.resolve('sockpool')));
const LOAD = fileURLToPath(new URL('./cli.js', import.meta.resolve('@sockpool/load-client')));
const PICTURE = fileURLToPath(new URL('top.svg', import.meta.url));

const SERVER = `const http = require('node:http');
http.createServer((_, response) => setTimeout(() => response.end('ok'), 5)).listen(0);
`;

/** Who is in front of the terminal presses these, after so many milliseconds each. */
const KEYS = [
  [3_500, 'r'],
  [1_500, 'y'],
  [6_000, 'q'],
] as const;

/** What the terminal shows, for so long. */
interface Frame {
  readonly lines: readonly string[];
  readonly ms: number;
}

/** Each screen that was printed; the first has no rates yet. */
function framesOf(looks: readonly (readonly [text: string, atMs: number])[]): Frame[] {
  return looks.slice(1, -1).map(([text, atMs], index) => ({
    lines: text.trimEnd().split(/\r?\n/),
    ms: (looks[index + 2]?.[1] ?? atMs) - atMs,
  }));
}

const WIDTH = 8.4;
const HEIGHT = 20;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A picture that shows each frame for its time, and again; who wants no motion sees the first. */
function pictureOf(frames: readonly Frame[]): string {
  const totalMs = frames.reduce((sum, { ms }) => sum + ms, 0);
  const columns = Math.max(...frames.flatMap(({ lines }) => lines.map((line) => line.length)));
  const rows = Math.max(...frames.map(({ lines }) => lines.length)) + 2;
  let atMs = 0;
  const styles: string[] = [];
  const texts = frames.map(({ lines, ms }, index) => {
    const [from, to] = [atMs, atMs + ms].map((at) => ((at / totalMs) * 100).toFixed(2));
    atMs += ms;
    styles.push(
      `@keyframes f${index}{0%{opacity:0}${from}%{opacity:1}${to}%{opacity:0}100%{opacity:0}}`,
      `#f${index}{animation-name:f${index}}`,
    );
    const shown = ['$ sockpool top', '', ...lines].map((line, row) =>
      line === '' ? '' : `<tspan x="16" y="${34 + row * HEIGHT}">${escaped(line)}</tspan>`,
    );
    return `<text id="f${index}">${shown.join('')}</text>`;
  });
  const [width, height] = [Math.ceil(columns * WIDTH + 32), rows * HEIGHT + 30];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d8dee9;white-space:pre;opacity:0;animation:${(totalMs / 1_000).toFixed(1)}s step-end infinite}
@media (prefers-reduced-motion:reduce){text{animation:none}#f0{opacity:1}}
${styles.join('\n')}
</style>
<rect width="100%" height="100%" rx="8" fill="#1e2530"/>
${texts.join('\n')}
</svg>
`;
}

const folder = await mkdtemp(join(tmpdir(), 'top-'));
const children: ChildProcess[] = [];
const env = { ...process.env, XDG_RUNTIME_DIR: folder, WEB_CONCURRENCY: '2' };
const run = (command: string, ...args: readonly string[]) => {
  const child = spawn(command, args, { cwd: folder, env, stdio: 'pipe' });
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  children.push(child);
  return child;
};
try {
  await writeFile(join(folder, 'server.js'), SERVER);
  const node = process.execPath;
  const server = run(node, SOCKPOOL, 'serve', 'server.js', '--metrics-port', '0');
  let told = '';
  while (!/ serves on /.test(told)) told += String((await once(server.stderr, 'data'))[0]);
  server.stderr.resume();
  const [, port] = / serves on \S+:(\d+) /.exec(told) ?? [];
  const load = ['--connections', '60', '--think-ms', '0..400', '--duration', '30s'];
  run(node, LOAD, `http://127.0.0.1:${port}/`, ...load).stdout.resume();
  await delay(3_000);
  const terminal = run('script', '-qefc', `'${node}' '${SOCKPOOL}' top`, '/dev/null');
  const looks: [string, number][] = [];
  terminal.stdout.on('data', (chunk: string) => {
    for (const [index, text] of chunk.split('\u001b[H\u001b[J').entries()) {
      if (index > 0) looks.push([text, performance.now()]);
      else if (looks.length > 0) looks[looks.length - 1]![0] += text;
    }
  });
  for (const [ms, key] of KEYS) {
    await delay(ms);
    terminal.stdin.write(key);
  }
  await once(terminal, 'exit');
  await writeFile(PICTURE, pictureOf(framesOf(looks)));
} finally {
  for (const child of children) child.kill();
  await once(children[0]!, 'exit');
  await rm(folder, { recursive: true });
}
