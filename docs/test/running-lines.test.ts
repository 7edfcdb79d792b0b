import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { installPrograms, programsIn, runServer } from '@sockpool/pool-compliance';
import { keptPort } from '@sockpool/port-fixture';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { documentedLines } from './documented-lines.ts';
import { ROOT } from './documents.ts';
import { NODE_MODULES } from './guide-programs.ts';
import { linesKeptBy } from './kept-lines.ts';
import { byName, get, Reader } from './reader.ts';

const LINES = documentedLines();

/** The lines that a test runs, each once however the command is found. */
const linesOf = (title: string): string[] => [...new Set(linesKeptBy(title, LINES).map(byName))];

const has = (command: string, flag: string): boolean => spawnSync(command, [flag]).status === 0;

async function beginReader(): Promise<Reader> {
  const reader = await Reader.begin();
  onTestFinished(async () => reader[Symbol.asyncDispose]());
  return reader;
}

const program = (reply: string): string =>
  `import http from 'node:http';
http.createServer((_, response) => response.end('${reply}')).listen(0);`;

/** A project that has time to start on a busy machine. */
const PROJECT = {
  'package.json': JSON.stringify({ name: 'shop', private: true, type: 'module' }),
  'sockpool.config.ts': "export default { file: './server.js', bootTimeoutMs: 60_000 };",
};

test('each line that serves does', async () => {
  const reader = await beginReader();
  await reader.write({ ...PROJECT, 'server.js': program('served') });
  const lines = linesOf('each line that serves does');
  expect(lines.length).toBeGreaterThan(8);
  for (const line of lines) {
    const own = line
      .replace('%i', '3001')
      // Ports of a reader who has none of them to spare.
      .replace(/--((?:metrics-)?port) \S+/g, '--$1 0')
      .replace('/srv/shop', '.');
    if (line.endsWith('--dry-run')) {
      const { code, stdout, stderr } = await reader.run(own);
      expect([line, code, stderr]).toEqual([line, 0, '']);
      expect(JSON.parse(stdout)).toMatchObject({ name: 'shop' });
      continue;
    }
    const { child, origin, ended } = await reader.serve(own);
    expect([line, await get(origin)]).toEqual([line, 'served']);
    child.kill('SIGTERM');
    expect([line, (await ended).code]).toEqual([line, 0]);
  }
});

describe('A pool', () => {
  let reader: Reader;
  let origin = '';

  beforeAll(async () => {
    reader = await Reader.begin();
    reader.env['GIT_CONFIG_GLOBAL'] = '/dev/null';
    const lock = { name: 'shop', lockfileVersion: 3, packages: { '': { name: 'shop' } } };
    for (const [name, content] of Object.entries({
      ...PROJECT,
      'package-lock.json': JSON.stringify(lock),
      'server.js': program('old'),
    })) {
      await reader.write({ [`origin/${name}`]: content });
    }
    await commit('git init -q');
    expect(await reader.run('git clone -q origin shop')).toMatchObject({ code: 0 });
    ({ origin } = await reader.serve('sockpool serve server.js', 'shop'));
  });

  afterAll(async () => reader[Symbol.asyncDispose]());

  async function commit(before: string): Promise<void> {
    const add = 'git add . && git -c user.name=A -c user.email=a@localhost commit -qm A';
    expect(await reader.run(`${before} && ${add}`, 'origin')).toMatchObject({ code: 0 });
  }

  async function pools(): Promise<unknown> {
    return JSON.parse((await reader.run('sockpool ps --json')).stdout).pools;
  }

  test("a pool answers the lines of control's README", async (context) => {
    if (!has('curl', '--version')) context.skip('curl is not installed');
    const [socket = '', ...lines] = linesOf("a pool answers the lines of control's README");
    expect(socket).toMatch(/^socket=/);
    const followed = lines.find((line) => line.endsWith('/v1/events'));
    const events = reader.start(`${socket}; exec ${followed}`, 'shop');
    for (const line of lines.filter((each) => each !== followed)) {
      // Ten seconds by default.
      const shorter = line.replace(/\/profile$/, '/profile?durationMs=50');
      const outcome = await reader.run(`${socket}; ${shorter}`, 'shop');
      expect({ line, ...outcome }).toMatchObject({ line, code: 0 });
      if (!line.includes('-OJ')) expect(JSON.parse(outcome.stdout)).toBeTypeOf('object');
    }
    // It may have begun to follow after that.
    await expect
      .poll(async () => {
        await reader.run('sockpool restart --min-ready 0', 'shop');
        return events.told.stdout;
      })
      .toContain('event: restarted\n');
    events.child.kill();
  });

  test('a deploy by git and npm as the guide says', async () => {
    expect(await get(origin)).toBe('old');
    await reader.write({ 'origin/server.js': program('new') });
    await commit('true');
    const [line = ''] = linesOf('a deploy by git and npm as the guide says');
    expect(await reader.run(line, 'shop')).toMatchObject({ code: 0 });
    expect(await get(origin)).toBe('new');
  });

  test('each line that steers a pool does', async () => {
    const lines = linesOf('each line that steers a pool does');
    // A pool that is stopped takes no line any more.
    const last = ['sockpool upgrade', 'sockpool stop'];
    expect(lines).toEqual(expect.arrayContaining(last));
    for (const line of [...lines.filter((each) => !last.includes(each)), ...last]) {
      const own = line
        .replace('shop-%i', 'shop')
        // It shows for ever by default, and a canary serves for ten seconds.
        .replace(/ top$/, '$& --count 1')
        .replace(' --canary', '$& --canary-time 100');
      const { code, stdout, stderr } = await reader.run(own, 'shop');
      expect([line, code, stderr.replace(/^sockpool: requests are not .*\n/, '')]).toEqual([
        line,
        0,
        '',
      ]);
      if (/ (?:ps|status|top|connections)/.test(line)) expect(stdout).not.toBe('');
      if (line !== 'sockpool stop') expect(await get(origin)).toBe('new');
      // The primary whose place is taken answers for a moment longer, and two would be meant.
      if (line === 'sockpool upgrade') await expect.poll(pools).toHaveLength(1);
    }
    await expect(get(origin)).rejects.toThrow();
  });
});

// mv -T is GNU's.
test.runIf(process.platform === 'linux')(
  'a release that a link names is deployed as the guide says',
  async () => {
    const reader = await beginReader();
    await reader.write({
      ...PROJECT,
      'srv/shop/package.json': PROJECT['package.json'],
      'srv/shop/releases/41/index.js': program('41'),
      'srv/shop/releases/42/index.js': program('42'),
    });
    const own = (line: string): string => line.replaceAll('/srv/', `${reader.folder}/srv/`);
    const [serve = '', link = ''] = linesOf(
      'a release that a link names is deployed as the guide says',
    );
    expect(await reader.run('ln -s releases/41 srv/shop/current')).toMatchObject({ code: 0 });
    const { child, origin, ended } = await reader.serve(own(serve));
    expect(await get(origin)).toBe('41');
    expect(await reader.run(own(link))).toMatchObject({ code: 0 });
    expect(await reader.run('sockpool restart')).toMatchObject({ code: 0 });
    expect(await get(origin)).toBe('42');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0 });
  },
);

test('zero-loss reloads PM2', async (context) => {
  const reader = await beginReader();
  await reader.write({
    'package.json': '{ "private": true }',
    'app.js': `require('node:http')
      .createServer((_, response) => response.end('ok'))
      .listen(process.env.PORT, '127.0.0.1');`,
  });
  reader.env['PM2_HOME'] = join(reader.folder, '.pm2');
  reader.env['PATH'] = `${join(reader.folder, 'node_modules/.bin')}:${reader.env['PATH']}`;
  // npm reads the machine's settings beside the Node that runs it: here the machine's, not ours.
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'));
  const install = `PATH='${path.join(delimiter)}' npm install --prefer-offline --ignore-scripts --no-save pm2@7`;
  const port = (reader.env['PORT'] = String(await keptPort()));
  if ((await reader.run(install)).code !== 0) context.skip('npm cannot install PM2');
  try {
    const started = await reader.run('pm2 start app.js --name app --instances 2');
    expect(started).toMatchObject({ code: 0 });
    await expect.poll(async () => get(`http://127.0.0.1:${port}/`).catch(String)).toBe('ok');
    const [line = ''] = linesOf('zero-loss reloads PM2');
    const own = line.replace('8080', port).replace('--times 5', '--times 2');
    const { code, stdout, stderr } = await reader.run(own);
    // PM2 loses some, or none by chance; either is told.
    expect([0, 1], stderr).toContain(code);
    expect(stdout).toContain('2 × pm2 reload app');
    expect(stdout).toMatch(/^(?:nothing lost|lost: )/m);
    expect(stdout).not.toContain('ended with exit code');
  } finally {
    await reader.run('pm2 kill');
  }
});

const withoutHeader = !has('cc', '--version') || !existsSync('/usr/include/zlib.h');

test.skipIf(withoutHeader)(
  `hints of a header are written${withoutHeader ? ' (skipped: no C compiler, or no zlib.h)' : ''}`,
  async () => {
    const reader = await beginReader();
    const [line = ''] = linesOf('hints of a header are written');
    const { code, stdout, stderr } = await reader.run(line);
    expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toBeTypeOf('object');
  },
);

const withoutNc = has('nc', '-h') ? '' : ' (skipped: nc is not installed)';

/** What a README pipes, and what it says that comes back. */
async function piped(name: string): Promise<readonly [line: string, reply: string]> {
  const readme = await readFile(new URL(`packages/${name}/README.md`, ROOT), 'utf8');
  const [, line = '', reply = ''] =
    /^\$ ((?:echo|printf) .*)\n((?:[^$`].*\n)+)/m.exec(readme) ?? [];
  expect(linesOf('what a README pipes into nc comes back as it says')).toContain(line);
  return [line, reply];
}

describe(`what a README pipes into nc comes back as it says${withoutNc}`, () => {
  test.skipIf(withoutNc !== '').each(['process-pool', 'thread-pool'])('%s', async (name) => {
    const programs = await programsIn(new URL(`packages/${name}/README.md`, ROOT));
    const { port, terminate } = await runServer(
      await installPrograms(NODE_MODULES, {
        'handler.ts': programs.get('handler.ts'),
        'server.ts': programs.get('server.ts'),
      }),
    );
    const [line, reply] = await piped(name);
    const { stdout } = await (await beginReader()).run(line.replace('20446', String(port)));
    expect(stdout).toBe(reply);
    expect(await terminate()).toBe(0);
  });

  test.skipIf(withoutNc !== '')('echo-protocol', async () => {
    const readme = await readFile(new URL('packages/echo-protocol/README.md', ROOT), 'utf8');
    const [, server = ''] = /^```ts\n([^`]*listen\(7000,[^`]*)```/m.exec(readme) ?? [];
    const port = String(await keptPort());
    const reader = await beginReader();
    const installed = import.meta.resolve('@sockpool/echo-protocol');
    await reader.write({
      'package.json': '{ "type": "module" }',
      'server.ts': server.replace('@sockpool/echo-protocol', installed).replace('7000', port),
    });
    const { child, ended } = reader.start('exec node server.ts');
    const [line, reply] = await piped('echo-protocol');
    // It does not tell when it listens.
    await expect
      .poll(async () => (await reader.run(line.replace('7000', port))).stdout)
      .toBe(reply);
    child.kill();
    expect((await ended).stderr).toBe('');
  });
});
