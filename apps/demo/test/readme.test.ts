import { readFileSync } from 'node:fs';
import { runLoad } from '@sockpool/load-client';
import { expect, test } from 'vitest';
import { startCli } from './running-cli.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The arguments of the README's lines that run the program by node. */
const LINES = [...README.matchAll(/^node dist\/cli\.js ([^#\n]+)/gm)].map(([, args = '']) =>
  args.trim().split(' '),
);

test("each line of the README's blocks does what it says", async () => {
  const [notebook = [], serve = [], ...others] = LINES;
  expect([notebook[0], serve[0], others]).toEqual(['notebook', 'serve', []]);

  // All of it takes more than a minute of thinking, so it is ended when clients have been served.
  const thinking = startCli(notebook);
  await thinking.line(/^\('127\.0\.0\.1', \d+\) b'[A-Z ?]+'$/m);
  thinking.child.kill();

  const server = startCli(serve.map((argument) => (argument === '20446' ? '0' : argument)));
  const [, port] = await server.line(/^listening on 127\.0\.0\.1:(\d+)$/m);
  const result = await runLoad({ port: Number(port), connections: 3, requests: 2 });
  expect(result.requests).toMatchObject({ right: 6, failed: 0 });
  server.child.kill('SIGTERM');
  expect((await server.finished).code).toBe(0);
});
