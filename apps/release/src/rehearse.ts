/**
 * Rehearses a release from the last commit with a registry on loopback: a first one; a second one
 * that the registry refuses in its middle, and that is run again; then what users do with it.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type CommandResult, runCommand, tryCommand } from './command.ts';
import { consume, MANAGERS, requiredPeers, worksOn } from './consumer.ts';
import { LocalRegistry } from './local-registry.ts';
import { PROGRAMS } from './packed-project.ts';
import { Registry } from './registry.ts';
import { type PublishedPackage, readPublished, ROOT } from './workspace.ts';

const NODE_22 = path.join(import.meta.dirname, '../node_modules/node-22-linux-x64/bin/node');

let passed = 0;

/** Does a step, and tells it. */
async function step(name: string, action: () => unknown): Promise<void> {
  const startMs = performance.now();
  await action();
  passed += 1;
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(0);
  process.stdout.write(`ok  ${name} (${seconds} s)\n`);
}

/** The version that users get who name none. */
async function latest(clone: string, registry: string, name: string): Promise<string> {
  const args = ['view', name, 'version', '--json', `--registry=${registry}`];
  return JSON.parse(await runCommand('pnpm', args, { cwd: clone })) as string;
}

async function rehearse(folder: string): Promise<void> {
  const clone = path.join(folder, 'clone');
  const upstream = await runCommand('npm', ['config', 'get', 'registry'], { cwd: folder });
  await using registry = await LocalRegistry.start(path.join(folder, 'registry'), upstream.trim());
  const { address } = registry;
  const token = await registry.addUser('rehearsal');
  const userConfig = path.join(folder, 'npmrc');
  writeFileSync(userConfig, `${address.replace(/^https?:/, '')}:_authToken=${token}\n`);
  // Which of the two spellings counts is up to who reads them; npx sets the first.
  const env = {
    ...process.env,
    npm_config_userconfig: userConfig,
    NPM_CONFIG_USERCONFIG: userConfig,
    PATH: `${path.join(clone, 'node_modules/.bin')}${path.delimiter}${process.env['PATH']}`,
  };
  const inClone = { cwd: clone, env };

  function release(provenance = '--no-provenance'): Promise<CommandResult> {
    return tryCommand(
      process.execPath,
      ['apps/release/src/release.ts', `--registry=${address}`, provenance],
      inClone,
    );
  }
  async function version(): Promise<void> {
    await runCommand('pnpm', ['version-packages'], inClone);
    await runCommand('git', ['add', '--all'], inClone);
    await runCommand(
      'git',
      ['-c', 'user.name=R', '-c', 'user.email=r@localhost', 'commit', '-qm', 'Release'],
      inClone,
    );
  }
  async function released(): Promise<void> {
    const { status, stdout, stderr } = await release();
    assert.equal(status, 0, `${stdout}${stderr}`);
  }

  await step('clone, install, build', async () => {
    await runCommand('git', ['clone', '-q', ROOT, clone], { cwd: folder });
    await runCommand('pnpm', ['install', '--frozen-lockfile', '--prefer-offline'], inClone);
    await runCommand('pnpm', ['build'], inClone);
  });
  await step('a newcomer serves, restarts, watches and loads an app by the README', () =>
    runCommand(process.execPath, ['apps/release/src/newcomer.ts'], inClone),
  );
  await step('a changeset without a version is refused, and provenance of nobody', async () => {
    const { status, stdout } = await release('--provenance');
    assert.equal(status, 1);
    assert.match(stdout, /FAILED {2}Changesets: .*pnpm version-packages/);
    assert.match(stdout, /FAILED {2}Provenance: Cannot give provenance: it needs a job of/);
  });
  await step('first release', async () => {
    await version();
    await released();
  });
  await step('each published package has an SBOM', () => {
    const documents = readdirSync(path.join(clone, 'apps/release/build/sbom'));
    assert(documents.includes('sockpool-process-pool.cdx.json'));
    for (const name of documents) {
      const file = path.join(clone, 'apps/release/build/sbom', name);
      const bom = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
      assert.equal(bom['bomFormat'], 'CycloneDX', name);
    }
  });
  const first = await latest(clone, address, '@sockpool/pool-core');

  await step('second release, refused in its middle: users see nothing of it', async () => {
    writeFileSync(
      path.join(clone, '.changeset/rehearsal.md'),
      "---\n'@sockpool/process-pool': minor\n---\n\nA rehearsal.\n",
    );
    await version();
    registry.refuse('@sockpool/process-pool');
    const { status, stdout, stderr } = await release();
    assert.equal(status, 1);
    assert.match(
      `${stdout}${stderr}`,
      /Cannot publish @sockpool\/process-pool@.*run this again to go on/,
    );
    for (const name of ['pool-core', 'process-pool', 'thread-pool'])
      assert.equal(await latest(clone, address, `@sockpool/${name}`), first);
  });
  await step('second release, run again: it goes on', async () => {
    registry.refuseNothing();
    await released();
    assert.notEqual(await latest(clone, address, '@sockpool/process-pool'), first);
  });
  await step('it published nothing twice when it is run once more', released);

  // What lacks a binary here stays out, and so do packages of one platform: others need them.
  const seen = new Registry(clone, address);
  const published: PublishedPackage[] = [];
  for (const one of readPublished(clone)) {
    if (one.isOfOnePlatform) continue;
    if ((await seen.integrityOf(one.name, one.version)) !== undefined) published.push(one);
  }
  const programs = path.join(clone, PROGRAMS);
  for (const [major, node] of [
    [26, process.execPath],
    [22, NODE_22],
  ] as const) {
    if (!existsSync(node)) {
      process.stdout.write(`not tried on Node ${major}: it is not installed for this platform\n`);
      continue;
    }
    const used = published
      .map(({ name, folder: at }) => ({
        name,
        manifest: path.join(clone, at, 'package.json'),
      }))
      .filter(({ manifest }) => worksOn(manifest, major));
    const packages = used.map(({ name }) => name);
    const peers = Object.assign(
      {},
      ...used.map(({ manifest }) => requiredPeers(manifest)),
    ) as Record<string, string>;
    const managers = Object.keys(MANAGERS) as (keyof typeof MANAGERS)[];
    // Side by side: each waits for most of its time.
    const consumed = await Promise.allSettled(
      managers.map((manager) =>
        step(`${packages.length} packages by ${manager} on Node ${major}`, () =>
          consume(path.join(folder, `${manager}-${major}`), programs, {
            manager,
            node,
            registry: address,
            packages,
            peers,
          }),
        ),
      ),
    );
    // Only when none of them uses the folder any more, which goes with the first error.
    for (const outcome of consumed) if (outcome.status === 'rejected') throw outcome.reason;
  }
}

const folder = mkdtempSync(path.join(tmpdir(), 'sockpool-release-'));
try {
  await rehearse(folder);
  process.stdout.write(`Release rehearsal: ${passed} steps passed\n`);
} catch (error) {
  process.stderr.write(`Release rehearsal: failed after ${passed} steps: ${String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
