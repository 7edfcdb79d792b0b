import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { COMMANDS } from '../src/cli/commands.ts';
import { type Ended, Workplace } from './fixtures/run-command.ts';

const run = promisify(execFile);

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('sockpool', () => {
  test('says what there is, and its version', async () => {
    const place = await Workplace.make();
    const help = await place.run('--help');
    expect(help.code).toBe(0);
    for (const name of Object.keys(COMMANDS)) expect(help.stdout).toContain(`  ${name}`);
    expect(await place.run('--version')).toMatchObject({ code: 0, stdout: '0.0.0\n' });
    expect((await place.run()).code).toBe(2);
  });

  test.each(Object.entries(COMMANDS))(
    '%s --help has its flags and examples',
    async (name, command) => {
      const { helpFor } = await import('../src/cli/help.ts');
      const help = helpFor(name);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const flag of Object.keys(command.flags)) expect(help).toContain(`--${flag}`);
      for (const example of command.examples) expect(help).toContain(example);
    },
  );

  test.each([
    [['srve'], 'Unknown command srve: did you mean serve?'],
    [['reload'], 'Unknown command reload: what PM2 does by it, sockpool restart does here'],
    [['serve', 'ecosystem.config.js'], "it is PM2's configuration, and no program"],
    [['serve', '--prot', '1'], 'Unknown option --prot of serve: did you mean --port?'],
    [['serve'], 'Cannot serve: no file is given'],
    [['serve', 'none.js'], 'there is no such file'],
    [['serve', 'a.js', 'b.js'], 'The operand of sockpool serve must be [FILE]'],
    [
      ['serve', 'server.js', '--port', '99999'],
      "Option --port must be a port from 0 to 65535, got '99999'",
    ],
    [
      ['serve', 'server.js', '--workers', 'many'],
      'Option --workers must be auto or a whole number',
    ],
    [['serve', 'server.js', '--threads', '--processes'], '; give --'],
    [['serve', 'server.js', '--log', 'xml'], 'Option --log must be pretty or json'],
    [['serve', 'server.js', '--name', 'a b'], 'Option --name must be'],
    [['serve', 'server.js', '--config', 'none.ts'], 'Cannot load the configuration'],
    [['serve', 'server.js', '--port', '20901', '--port', '20901'], 'Cannot listen twice on'],
    [['serve', 'server.js', '-w', '1', '--workers', '2'], 'Option --workers must be given once'],
    [['restart', '--name', 'a', '--name=b'], 'Option --name must be given once'],
    [['restart', '--grace', 'soon'], "Option --grace must be a whole number, got 'soon'"],
    [['resize', '-1', '-2'], 'The operand of sockpool resize must be WORKERS, got -1 -2'],
    [['resize', '--grace', '-1', '2'], 'Option --grace must have a value, got none'],
    [['resize', 'big'], 'The number of workers must be such as 8, +1 or -1'],
    [['serve', 'server.js', '--port'], 'Option --port must have a value, got none'],
    [['completion', 'fish'], 'The shell must be bash or zsh, got '],
  ])('%j is refused with exit code 2 and one line', async (args, message) => {
    const place = await Workplace.make({ 'server.js': '' });
    const { code, stdout, stderr } = await place.run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('says which option of a configuration is wrong, and how one has to be named', async () => {
    const place = await Workplace.make({
      'sockpool.config.mjs': 'export default { file: 3 };',
      'package.json': '{ "type": "commonjs" }',
      'shop.config.ts': 'export default {};',
    });
    const wrong = await place.run('serve');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toMatch(
      /Option file must be a path, such as '.\/server.js', got 3 \(\/.*sockpool\.config\.mjs\)\n$/,
    );
    const { code, stderr } = await place.run('serve', '--config', 'shop.config.ts');
    expect(code).toBe(1);
    expect(stderr).toMatch(/Cannot load the configuration .*; name it shop\.config\.mts\n$/);
  });

  test.each([
    ['name: 5', 'Option name must be a text, got 5'],
    ["threads: 'yes'", "Option threads must be true or false, got 'yes'"],
    ["watch: 'no'", "Option watch must be true or false, got 'no'"],
    ['control: 5', 'Option control must be an object, such as'],
    ["dashboard: 'yes'", 'Option dashboard must be an object, such as'],
    ["env: 'A=1'", 'Option env must be an object of texts, such as'],
    ['env: { A: 1 }', 'Option env must be an object of texts, such as'],
    ['port: []', 'Option port must be a port, such as 3000, or a list of them'],
    ["log: 'xml'", "Option log must be pretty or json, got 'xml'"],
  ])(
    'a configuration with %s is refused with exit code 2 and one line',
    async (option, message) => {
      const place = await Workplace.make({
        'server.js': '',
        'sockpool.config.mjs': `export default { file: './server.js', ${option} };`,
      });
      for (const args of [['serve'], ['serve', '--dry-run']]) {
        const { code, stdout, stderr } = await place.run(...args);
        expect([code, stdout]).toEqual([2, '']);
        expect(stderr).toContain(message);
        expect(stderr.trim().split('\n')).toHaveLength(1);
      }
    },
  );

  test.each([[['--help']], [['serve', '--help']], [['ps', '--json']]])(
    '%j ends quietly when nobody reads what it prints',
    async (args) => {
      const place = await Workplace.make();
      const { child, ...ended } = place.start(...args);
      child.stdout!.destroy();
      await once(child, 'exit');
      expect([child.exitCode, ended.stderr]).toEqual([0, '']);
    },
  );

  test.skipIf(process.platform === 'win32')(
    'a program that hangs while it is asked where it listens ends with the command',
    async () => {
      const place = await Workplace.make({
        'server.cjs': 'console.error(`asked ${process.pid}`); for (;;);',
      });
      const served = place.start('serve', 'server.cjs');
      await expect.poll(() => served.stderr).toMatch(/asked \d+/);
      const pid = Number(/asked (\d+)/.exec(served.stderr)?.[1]);
      served.child.kill('SIGTERM');
      expect(await once(served.child, 'exit')).toEqual([null, 'SIGTERM']);
      await expect.poll(() => isRunning(pid)).toBe(false);
    },
  );

  test('ends when its probes have no place, and leaves no pool that nobody steers', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as net.AddressInfo;
    const place = await Workplace.make({
      'server.js': 'export default (connection) => connection.end();',
    });
    const args = ['--port', '0', '--metrics-port', String(port), '--workers', '1'];
    const { code, stderr } = await place.run('serve', 'server.js', ...args);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n').at(-1)).toMatch(
      /^sockpool: Cannot serve .*: Metrics and health checks find no place: .*EADDRINUSE.*; give another --metrics-port/,
    );
  });

  test('says of a port that somebody has which option gives another, and how to see who has it', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as net.AddressInfo;
    const place = await Workplace.make({ 'server.js': 'export default () => undefined;' });
    const args = ['--port', String(port), '--host', '127.0.0.1', '--workers', '1'];
    const { code, stderr } = await place.run('serve', 'server.js', ...args);
    expect(code).toBe(1);
    const [line = ''] = stderr.trim().split('\n').slice(-1);
    expect(line).toContain(
      `port ${port}: it is in use (EADDRINUSE); give another port with --port`,
    );
    expect(line).toMatch(new RegExp(`(?:sport = :|-iTCP:)${port}`));
  });

  test('says of a program that ends and serves nothing what to write, as soon as it ends', async () => {
    const place = await Workplace.make({ 'server.js': 'setImmediate(() => undefined);' });
    const { code, stderr } = await place.run('serve', 'server.js', '--workers', '1');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^sockpool: Cannot serve '.*server\.js': it ends by itself before it has called listen\(\) .* write: export default app\n$/,
    );
  });

  test('says which Node it needs where it cannot run', async () => {
    const place = await Workplace.make();
    const versions = `Object.defineProperty(process,"versions",{value:{node:"22.1.0"}})`;
    place.env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(versions)}` };
    const { engines } = JSON.parse(
      await readFile(new URL('../package.json', import.meta.url), 'utf8'),
    ) as { readonly engines: { readonly node: string } };
    expect(await place.run('--version')).toEqual({
      code: 1,
      stdout: '',
      stderr: `sockpool: Cannot run on Node 22.1.0: it needs Node ${engines.node.replace('||', 'or')}\n`,
    });
  });

  test('fails with exit code 1 when no pool runs', async () => {
    const place = await Workplace.make();
    expect(await place.run('status')).toMatchObject({
      code: 1,
      stderr: 'sockpool: Cannot find a pool: none of this user runs; start one by sockpool serve\n',
    });
    expect(await place.run('ps', '--json')).toMatchObject({
      code: 0,
      stdout: '{\n  "pools": []\n}\n',
    });
    // Less by one is no flag.
    expect((await place.run('resize', '-1')).stderr).toContain('Cannot find a pool');
    const gone = await place.run('status', '--socket', 'none.sock');
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain("Cannot reach the pool's control at none.sock");
  });
});

/** Runs `serve --dry-run` with WEB_CONCURRENCY and a configuration. */
async function planned(variable?: string, config: string = ''): Promise<Ended> {
  const place = await Workplace.make({
    'server.mjs': '',
    'sockpool.config.mjs': `export default { port: 0, ${config} };`,
  });
  if (variable !== undefined) place.env = { WEB_CONCURRENCY: variable };
  return place.run('serve', 'server.mjs', '--dry-run');
}

describe('The number of workers', () => {
  test('is decided by the machine, and --dry-run says why', async () => {
    const { stdout } = await planned();
    expect(JSON.parse(stdout)).toMatchObject({
      workers: expect.any(Number),
      workersReason: expect.stringMatching(/processor| holds /),
    });
  });

  test('is that of WEB_CONCURRENCY, unless the configuration has one', async () => {
    expect(JSON.parse((await planned('3')).stdout)).toMatchObject({
      workers: 3,
      workersReason: 'WEB_CONCURRENCY says so',
    });
    const configured = JSON.parse((await planned('3', 'workers: 2')).stdout);
    expect(configured.workers).toBe(2);
    expect(configured).not.toHaveProperty('workersReason');
  });

  test.each([
    ['WEB_CONCURRENCY', 'many', ''],
    ['Option expectedWorkerBytes', undefined, 'expectedWorkerBytes: 5'],
  ])('%s that is wrong is refused', async (what, variable, config) => {
    const { code, stderr } = await planned(variable, config);
    expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
    expect(stderr).toContain(`sockpool: ${what} must be a whole number, 1`);
  });
});

describe('The configuration', () => {
  test('is TypeScript, and flags win over it', async () => {
    const place = await Workplace.make({
      'server.js': '',
      'package.json': '{ "name": "@acme/shop", "type": "module" }',
      'sockpool.config.ts': `const workers: number = 3;
        export default { file: './server.js', workers, port: 4000, threads: true, shutdown: { graceMs: 1, killMs: 2 },
          env: { SECRET: 'x' }, control: { token: 'a-token-of-many-characters' } };`,
    });
    const flags = ['--workers', '2', '--processes', '--grace', '7'];
    const plan = await place.run('serve', '--dry-run', ...flags);
    expect(plan.code).toBe(0);
    expect(JSON.parse(plan.stdout)).toMatchObject({
      name: 'acme-shop',
      workers: 2,
      addresses: [{ port: 4000 }],
      threads: false,
      pool: { shutdown: { graceMs: 7, killMs: 2 } },
      env: ['SECRET'],
      control: { token: '(set)' },
    });
    expect(plan.stdout).not.toContain('many-characters');
  });

  test.each([
    ['export default { wrokers: 2 };', 'Unknown option wrokers of', 'did you mean workers?'],
    [
      'export default { graceMs: 2 };',
      'Unknown option graceMs of',
      'did you mean shutdown.graceMs?',
    ],
    ['export default { instances: 2 };', 'Unknown option instances of', 'did you mean workers?'],
    ['export default 5;', 'must be an object', ''],
    [
      'export default { workers: "two" };',
      'Option workers must be auto or a whole number',
      "got 'two'",
    ],
    ['export default { port: 70_000 };', 'Option port must be a port from 0 to 65535', 'got 70000'],
    [
      'export default { port: 0, shutdown: { gracems: 1 } };',
      'Unknown option shutdown.gracems: did you mean shutdown.graceMs?',
      'sockpool.config.mjs)\n',
    ],
  ])('%j is refused', async (source, ...messages) => {
    const place = await Workplace.make({ 'server.mjs': '', 'sockpool.config.mjs': source });
    const { code, stderr } = await place.run('serve', 'server.mjs');
    expect(code).toBe(2);
    for (const message of messages) expect(stderr).toContain(message);
  });

  test('that cannot be parsed is told with file and line', async () => {
    const place = await Workplace.make({
      'server.mjs': '',
      'sockpool.config.mjs': '\nexport default { port: };',
    });
    const { code, stderr } = await place.run('serve', 'server.mjs');
    expect(code).toBe(1);
    expect(stderr).toMatch(/Unexpected token '}' \(.*sockpool\.config\.mjs:2\)\n$/);
  });

  test('that throws is told with file and line', async () => {
    const place = await Workplace.make({
      'server.mjs': '',
      'sockpool.config.mjs': `\nthrow new Error('no secrets');`,
    });
    const { code, stderr } = await place.run('serve', 'server.mjs');
    expect(code).toBe(1);
    expect(stderr).toMatch(/no secrets \(.*sockpool\.config\.mjs:2:7\)\n$/);
  });
});

describe('The completion', () => {
  test('of bash offers commands and flags', async () => {
    const place = await Workplace.make();
    const { stdout } = await place.run('completion', 'bash');
    await place.write('completion', stdout);
    const offered = async (...words: readonly string[]): Promise<string[]> => {
      const line = words.map((word) => `'${word}'`).join(' ');
      const script = `. ./completion; COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _sockpool; echo "\${COMPREPLY[@]}"`;
      const { stdout: reply } = await run('bash', ['-c', script], { cwd: place.folder });
      return reply.trim().split(' ');
    };
    expect(await offered('sockpool', 'res')).toEqual(['restart', 'resize', 'resume']);
    expect(await offered('sockpool', 'restart', '--ca')).toEqual(['--canary', '--canary-time']);
    expect(await offered('sockpool', 'completion', '')).toEqual(['bash', 'zsh']);
  });

  test('of zsh names every command and flag', async () => {
    const { stdout } = await (await Workplace.make()).run('completion', 'zsh');
    for (const [name, { flags }] of Object.entries(COMMANDS)) {
      expect(stdout).toContain(`    ${name}) _arguments`);
      for (const flag of Object.keys(flags)) expect(stdout).toContain(`--${flag}[`);
    }
  });
});
