import { mkdir, readFile, realpath, rename, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { keptPort } from '@sockpool/port-fixture';
import { describe, expect, test } from 'vitest';
import { get, PROGRAM } from './fixtures/program.ts';
import { type Serving, Workplace } from './fixtures/run-command.ts';

async function serving(
  files: Readonly<Record<string, string>> = {},
  ...flags: readonly string[]
): Promise<{ place: Workplace; served: Serving; url: string }> {
  const place = await Workplace.make({ 'server.cjs': PROGRAM, ...files });
  const served = place.start('serve', 'server.cjs', '--port', '0', '--workers', '2', ...flags);
  return { place, served, url: await served.url() };
}

/** A program that listens on two ports. */
function twoPorts(shop: number, admin: number): string {
  return `const http = require('node:http');
const listen = (name, port) => http.createServer((_, response) => response.end(name)).listen(port, '127.0.0.1');
listen('shop', ${shop});
listen('admin', ${admin});
`;
}

async function twoKeptPorts(): Promise<[number, number]> {
  const first = await keptPort();
  for (;;) {
    const second = await keptPort();
    if (second !== first) return [first, second];
  }
}

/** The sum of a metric over all its series in the text for Prometheus. */
function sumOf(text: string, name: string): number {
  const values = text.split('\n').flatMap((line) => {
    const [series = '', value] = line.split(' ');
    return series.split('{')[0] === name ? Number(value) : [];
  });
  return values.reduce((sum, value) => sum + value, 0);
}

describe.each([['--processes'], ['--threads']])('sockpool serve %s', (kind) => {
  test('serves a program as it is, prints what it prints, and ends by SIGTERM with 0', async () => {
    const { served, url, place } = await serving({}, kind, '--metrics-port', '0');
    expect(await get(url)).toBe('version one');
    await get(`${url}/log`);
    await get(`${url}/fail`);
    await expect
      .poll(() => served.printed.map(({ message }) => message))
      .toEqual(expect.arrayContaining(['the program listens', 'asked for /log']));
    const asked = served.printed.find(({ message }) => message.startsWith('asked'));
    expect(asked).toMatchObject({ level: 'info', worker: expect.any(Number) });
    await expect
      .poll(() => served.entries.find(({ message }) => message.includes('an error of the program')))
      .toMatchObject({ level: 'error', message: expect.stringContaining('server.cjs:4') });
    const [metrics = ''] = /http:\S+\/metrics/.exec(served.stderr) ?? [];
    // Workers tell once a second what they have measured.
    await expect
      .poll(async () => sumOf(await get(metrics), 'sockpool_http_request_duration_seconds_count'))
      .toBe(3);
    const { stdout } = await place.run('top', '--json', '--count', '1');
    expect(JSON.parse(stdout)).toMatchObject({ requestsPerSecond: null, p99Ms: null });
    expect(JSON.parse(await get(metrics.replace('metrics', 'livez')))).toMatchObject({ ok: true });
    expect(await served.end()).toBe(0);
    expect(served.entries.at(-1)).toMatchObject({ level: 'info', message: 'Closed' });
  });

  test('is steered: ps, status, restart, resize, pause, resume, connections, stack, stop', async () => {
    const { place, served, url } = await serving({}, kind, '--name', 'shop');
    const json = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await place.run(...args, '--json');
      expect([args, code, stderr]).toEqual([args, 0, '']);
      return JSON.parse(stdout);
    };
    expect((await json('ps')).pools).toMatchObject([{ name: 'shop', pid: served.child.pid }]);
    expect(await json('status')).toMatchObject({ name: 'shop', workerCount: 2 });
    await place.write('server.cjs', PROGRAM.replace('one', 'two'));
    expect(await json('restart', '--min-ready', '0')).toMatchObject({ generation: 1 });
    expect(await get(url)).toBe('version two');
    expect(await json('restart', '--worker', '1', '--min-ready', '0')).toMatchObject({
      workerId: 1,
    });
    expect(await json('resize', '+1')).toMatchObject({ workers: 3 });
    expect(await json('pause')).toMatchObject({ readiness: { ok: false } });
    expect((await place.run('status')).code).toBe(1);
    expect(await json('resume')).toMatchObject({ readiness: { ok: true } });
    expect((await json('connections')).workers).toHaveLength(3);
    expect((await json('stack', '--worker', '2')).stack.join()).toContain(' at ');
    expect(await json('top', '-n', '1')).toMatchObject({ workers: 3, requestsPerSecond: null });
    const top = await place.run('top', '-n', '1');
    expect(top.stdout).toMatch(/ ready=true .* requestsPerSecond=- /);
    expect(top.stderr).toContain('requests are not measured; serve with --metrics-port');
    expect((await place.run('restart', '--name', 'other')).stderr).toContain(
      "Cannot find the pool 'other': it does not run; these do: shop",
    );
    expect(await json('stop')).toMatchObject({ cutConnections: 0 });
    await expect.poll(() => served.child.exitCode).toBe(0);
  });

  test.each([
    ['throws', `throw new TypeError('no database');`, 'no database', 1],
    ['has a syntax error', `const x = ;`, 'Unexpected token', 1],
  ])(
    'a deploy that %s exits with 1, and the old code serves on',
    async (_, source, reason, line) => {
      const { place, served, url } = await serving({}, kind);
      await place.write('server.cjs', source);
      const { code, stdout, stderr } = await place.run('restart');
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(reason);
      expect(stderr).toContain(`${join(place.folder, 'server.cjs')}:${line}`);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(served.entries.map(({ message }) => message).join()).toMatch(
        new RegExp(`${reason}.* \\(.*server\\.cjs:${line}.*\\); fix the cause`),
      );
      expect(await get(url)).toBe('version one');
    },
  );

  test('serves on when nobody reads what its program prints', async () => {
    const place = await Workplace.make({
      'server.cjs': `${PROGRAM}setInterval(() => console.log('tick'), 5);\n`,
    });
    const served = place.start('serve', 'server.cjs', '--port', '0', '--workers', '1', kind);
    const url = await served.url();
    served.child.stdout!.destroy();
    for (let replies = 0; replies < 20; replies += 1) expect(await get(url)).toBe('version one');
    expect((await place.run('status')).stdout).toContain(' 0 respawns');
    expect(served.stderr).not.toContain('EPIPE');
    expect(await served.end()).toBe(0);
  });

  test('serves every port that a program listens on, and refuses a deploy that leaves one out', async () => {
    const [shop, admin] = await twoKeptPorts();
    const place = await Workplace.make({ 'server.cjs': twoPorts(shop, admin) });
    const served = place.start('serve', 'server.cjs', '--workers', '2', kind);
    await served.url();
    const answers = (): Promise<string[]> =>
      Promise.all([shop, admin].map((port) => get(`http://127.0.0.1:${port}`)));
    expect(await answers()).toEqual(['shop', 'admin']);
    const places = `127.0.0.1:${shop} and 127.0.0.1:${admin}`;
    expect(served.stderr).toContain(`serves on ${places} with 2`);
    expect((await place.run('status')).stdout).toContain(`is listening on ${places}, ready`);
    expect((await place.run('restart', '--min-ready', '0')).code).toBe(0);
    expect(await answers()).toEqual(['shop', 'admin']);
    await place.write('server.cjs', twoPorts(shop, 9_999));
    const wrong = await place.run('restart');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain(
      `the pool has no address but for port ${shop} and port ${admin}; start it with --port ${shop} --port ${admin} --port 9999, or`,
    );
    expect(await answers()).toEqual(['shop', 'admin']);
    expect(await served.end()).toBe(0);
  });

  test.each([
    ['server.cjs', 'process.chdir(__dirname);'],
    ['server.mjs', `import { chdir } from 'node:process'; chdir(import.meta.dirname);`],
  ])('serves a program in %s that changes into its own folder', async (name, change) => {
    const body = `createServer((_, response) => response.end(process.cwd())).listen(3000);`;
    const place = await Workplace.make({
      'server.cjs': `${change}\nrequire('node:http').${body}`,
      'server.mjs': `${change}\nimport { createServer } from 'node:http';\n${body}`,
    });
    const served = place.start('serve', name, '--port', '0', '--workers', '1', kind);
    expect(await get(await served.url())).toBe(await realpath(place.folder));
    expect(await served.end()).toBe(0);
  });

  test('a program that does not start exits with 1, with the reason, file and line', async () => {
    const place = await Workplace.make({ 'server.mjs': `\nimport './nothing.mjs';\n` });
    const { code, stderr } = await place.run('serve', 'server.mjs', '--port', '0', kind);
    expect(code).toBe(1);
    expect(stderr).toContain('nothing.mjs');
    const thrown = await Workplace.make({ 'server.mjs': `\n\nthrow new Error('at once');\n` });
    const failed = await thrown.run('serve', 'server.mjs', '--port', '0', kind);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/at once \(.*server\.mjs:3:7\)/);
  });

  test('with --watch takes a change, tells of a wrong one, and goes on', async () => {
    const { place, served, url } = await serving({}, kind, '--watch');
    await place.write('server.cjs', 'const x = ;');
    await expect
      .poll(() =>
        served.entries.find(({ message }) => message.startsWith('The old code serves on')),
      )
      .toMatchObject({ message: expect.stringContaining('server.cjs:1') });
    expect(await get(url)).toBe('version one');
    await place.write('server.cjs', PROGRAM.replace('one', 'two'));
    await expect.poll(() => get(url)).toBe('version two');
    expect(await served.end('SIGINT')).toBe(0);
  });
});

describe('sockpool', () => {
  test('says of a program on a thread that changes into another folder what to do, and where', async () => {
    const place = await Workplace.make({ 'server.cjs': `\nprocess.chdir('..');` });
    const { code, stderr } = await place.run('serve', 'server.cjs', '--port', '0', '--threads');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /Cannot change the folder to '\.\.': .* start the pool in that folder, or use processes \(.*server\.cjs:2:9\)\n$/,
    );
  });

  test('follows events, and saves profiles and heaps for nobody else', async () => {
    const { place } = await serving({}, '--processes');
    const events = place.start('events', 'restarted', '--json');
    const restarting = async (): Promise<string> => {
      await place.run('restart', '--min-ready', '0');
      return events.stdout;
    };
    await expect.poll(restarting).toContain('"event":"restarted"');
    expect((await place.run('profile', '--duration', '50', '--out', 'a.cpuprofile')).code).toBe(0);
    expect(JSON.parse(await readFile(join(place.folder, 'a.cpuprofile'), 'utf8'))).toHaveProperty(
      'nodes',
    );
    expect((await stat(join(place.folder, 'a.cpuprofile'))).mode & 0o777).toBe(0o600);
    const heap = await place.run('heap', '--out', '-');
    expect(JSON.parse(heap.stdout)).toHaveProperty('snapshot');
    expect((await place.run('stop')).code).toBe(0);
    await expect.poll(() => events.child.exitCode).toBe(0);
  });

  test('upgrades the primary, whose workers serve on, to the code of the release that a link names now', async () => {
    const { root, place } = await releases();
    const served = place.start('serve', 'server.cjs', '--port', '0', '--workers', '2');
    const url = await served.url();
    expect(await get(url)).toBe('one in release-1');
    await moveLink(root, 'release-2');
    expect(await place.run('restart', '--min-ready', '0')).toMatchObject({ code: 0, stderr: '' });
    expect(await get(url)).toBe('two in release-2');
    await root.write('release-3/server.cjs', releaseProgram('three'));
    await moveLink(root, 'release-3');
    const { code, stdout } = await place.run('upgrade', '--json');
    expect(code).toBe(0);
    const { pid } = JSON.parse(stdout);
    await expect.poll(() => served.child.exitCode).toBe(0);
    expect(await get(url)).toBe('three in release-3');
    const { pools } = JSON.parse((await place.run('ps', '--json')).stdout);
    expect(pools).toMatchObject([{ pid }]);
    expect((await place.run('stop')).code).toBe(0);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  test('takes the code of the release that a link names now on threads too, and of a folder', async () => {
    const { root, place } = await releases();
    const served = root.start('serve', 'current', '--port', '0', '--workers', '1', '--threads');
    const url = await served.url();
    expect(await get(url)).toMatch(/^one in /);
    await moveLink(root, 'release-2');
    expect(await place.run('restart', '--min-ready', '0')).toMatchObject({ code: 0, stderr: '' });
    expect(await get(url)).toMatch(/^two in /);
    expect(await served.end()).toBe(0);
  });

  test('finds out where a program listens by itself', async () => {
    const place = await Workplace.make({
      'server.mjs': `import { createServer } from 'node:net';
        createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');`,
    });
    const served = place.start('serve', 'server.mjs', '--workers', '1');
    expect(await served.url()).toMatch(/^http:/);
    const plan = await place.run('serve', 'server.mjs', '--dry-run');
    expect(JSON.parse(plan.stdout)).toMatchObject({
      addresses: [{ port: 0, host: '127.0.0.1' }],
    });
    expect(await served.end()).toBe(0);
  });

  test.each([['--processes'], ['--threads']])(
    'has as many workers as WEB_CONCURRENCY says, and tells why: %s',
    async (kind) => {
      const place = await Workplace.make({ 'server.cjs': PROGRAM });
      place.env = { WEB_CONCURRENCY: '1' };
      const served = place.start('serve', 'server.cjs', '--port', '0', kind);
      await served.url();
      expect(served.stderr).toContain('The number of workers is 1: WEB_CONCURRENCY says so');
      expect(await served.end()).toBe(0);
      place.env = { WEB_CONCURRENCY: '0' };
      const { code, stderr } = await place.run('serve', 'server.cjs', '--port', '0', kind);
      expect(code).toBe(2);
      expect(stderr).toContain('WEB_CONCURRENCY must be a whole number, 1 to 1024, or auto');
    },
  );

  test('serves a folder as node does, and restarts by SIGHUP when no terminal is there', async () => {
    const place = await Workplace.make({ 'index.js': PROGRAM });
    const served = place.start('serve', '.', '--port', '0', '--workers', '1');
    const url = await served.url();
    await place.write('index.js', PROGRAM.replace('one', 'two'));
    served.child.kill('SIGHUP');
    await expect
      .poll(() => served.entries.map(({ message }) => message).join())
      .toContain('Restart 1 is done');
    expect(await get(url)).toBe('version two');
    expect(await served.end()).toBe(0);
  });

  test('waits with --watch for a program that is wrong from the beginning', async () => {
    const place = await Workplace.make({ 'server.cjs': 'const x = ;' });
    const served = place.start('serve', 'server.cjs', '--port', '0', '--watch', '--workers', '1');
    await expect
      .poll(() => served.entries.map(({ message }) => message).join())
      .toContain('Waiting for a change');
    await place.write('server.cjs', PROGRAM);
    expect(await get(await served.url())).toBe('version one');
    expect(await served.end()).toBe(0);
  });
});

/** Tells its version, and in which folder it runs. */
function releaseProgram(version: string): string {
  return `require('node:http')
  .createServer((_, response) => response.end('${version} in ' + require('node:path').basename(process.cwd())))
  .listen(3000);
`;
}

/** Two releases, and a link to the first one, in which the place is. */
async function releases(): Promise<{ root: Workplace; place: Workplace }> {
  const root = await Workplace.make();
  for (const name of ['release-1', 'release-2', 'release-3']) {
    await mkdir(join(root.folder, name));
    await root.write(`${name}/package.json`, '{ "main": "server.cjs" }');
  }
  await root.write('release-1/server.cjs', releaseProgram('one'));
  await root.write('release-2/server.cjs', releaseProgram('two'));
  await moveLink(root, 'release-1');
  const place = new Workplace(join(root.folder, 'current'));
  // As a shell says where it is.
  place.env = { PWD: place.folder, XDG_RUNTIME_DIR: root.folder };
  return { root, place };
}

/** As deploys do it: there is always a release. */
async function moveLink(root: Workplace, release: string): Promise<void> {
  const link = join(root.folder, 'current');
  await symlink(release, `${link}.next`);
  await rename(`${link}.next`, link);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
