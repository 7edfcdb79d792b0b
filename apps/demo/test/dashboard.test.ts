import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import type { LanesLook } from '../src/lanes-look.ts';
import { startCli } from './running-cli.ts';

/** The next look of the lanes page for which something is true. */
async function lookThat(url: string, isSo: (look: LanesLook) => boolean): Promise<LanesLook> {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const { body } = await fetch(`${url}looks`, { signal: stop.signal });
  let rest = '';
  for await (const text of body!.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split('\n\n');
    rest = parts.pop() ?? '';
    const looks = parts.map((part) => JSON.parse(part.slice('data: '.length)) as LanesLook);
    const found = looks.find(isSo);
    if (found !== undefined) return found;
  }
  throw new Error('The lanes have ended');
}

test('dashboard shows a pool and the lanes of the notebook, and ends at SIGTERM with 0', async () => {
  const cli = startCli(['dashboard', '--no-open', '--workers', '1']);
  const [, url = ''] = await cli.line(/^dashboard on (\S+) /m);
  const [, lanes = ''] = await cli.line(/^lanes of the notebook's pools on (\S+)$/m);
  expect(await (await fetch(url)).text()).toContain('main.js');
  expect((await fetch(`${url}v1/restart`, { method: 'POST' })).status).toBe(401);
  for (const file of ['', 'lanes.css', 'main.js']) {
    expect([file, (await fetch(lanes + file)).status]).toEqual([file, 200]);
  }
  const evil = { headers: { origin: 'https://evil.example' } };
  expect((await fetch(`${lanes}looks`, evil)).status).toBe(403);
  const { pools } = await lookThat(lanes, ({ pools: both }) =>
    both.every(({ lanes: each }) => each.some(({ takenBy }) => takenBy !== null)),
  );
  expect(pools.map(({ kind, lanes: each }) => [kind, each.length])).toEqual([
    ['process', 3],
    ['thread', 3],
  ]);
  cli.child.kill('SIGTERM');
  const exited = once(cli.child, 'exit');
  expect(await exited).toEqual([0, null]);
});
