import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The commands that a reader has installed, by the files that run them. */
const COMMANDS: Readonly<Record<string, string>> = {
  sockpool: fileURLToPath(new URL('./cli.js', import.meta.resolve('sockpool'))),
  'sockpool-ffi': fileURLToPath(
    new URL('./cli/main.js', import.meta.resolve('@sockpool/typed-ffi')),
  ),
  'zero-loss': fileURLToPath(new URL('./cli.js', import.meta.resolve('@sockpool/zero-loss'))),
};

/** What a line leaves. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A line that runs. */
export interface Started {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly told: { readonly stdout: string; readonly stderr: string };
  readonly ended: Promise<Outcome>;
}

/** Somebody who runs lines of the documents in a folder of their own, where no pool of others is seen. */
export class Reader implements AsyncDisposable {
  readonly #children: ChildProcess[] = [];
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;

  private constructor(folder: string) {
    this.folder = folder;
    this.env = {
      ...process.env,
      PATH: [join(folder, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter),
      XDG_RUNTIME_DIR: folder,
      // The fewest in which one can be replaced and another serves on.
      WEB_CONCURRENCY: '2',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
    };
  }

  static async begin(): Promise<Reader> {
    const folder = await mkdtemp(join(tmpdir(), 'lines-'));
    await mkdir(join(folder, 'bin'));
    for (const [name, file] of Object.entries(COMMANDS)) {
      const script = join(folder, 'bin', name);
      await writeFile(script, `#!/bin/sh\nexec '${process.execPath}' '${file}' "$@"\n`);
      await chmod(script, 0o755);
    }
    return new Reader(folder);
  }

  /** Writes files, and makes the folders for them. */
  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      const file = join(this.folder, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  }

  /** Starts a line in a folder of the reader's; it is killed with the reader. */
  start(line: string, folder: string = '.'): Started {
    const child = spawn('sh', ['-c', line], {
      cwd: join(this.folder, folder),
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    const told = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        told[name] += chunk;
      });
    }
    const ended = once(child, 'close').then(() => ({ code: child.exitCode, ...told }));
    return { child, told, ended };
  }

  /** Runs a line to its end. */
  async run(line: string, folder?: string): Promise<Outcome> {
    return this.start(line, folder).ended;
  }

  /** Starts a line that serves; resolves to where, or fails with what it tells. */
  async serve(line: string, folder?: string): Promise<Started & { readonly origin: string }> {
    const started = this.start(`exec ${line}`, folder);
    const serving = Promise.withResolvers<string>();
    started.child.stderr?.on('data', () => {
      const [, port] = / serves on \S+:(\d+) /.exec(started.told.stderr) ?? [];
      if (port !== undefined) serving.resolve(`http://127.0.0.1:${port}/`);
    });
    void started.ended.then(({ code, stderr }) =>
      serving.reject(new Error(`'${line}' has ended with ${code}: ${stderr}`)),
    );
    return { ...started, origin: await serving.promise };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    // Primaries that took over from others are nobody's children.
    const { stdout } = await this.run('sockpool ps --json');
    const { pools } = JSON.parse(stdout) as { readonly pools: readonly { readonly pid: number }[] };
    for (const { pid } of pools) process.kill(pid, 'SIGKILL');
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** Takes from a line what only finds or names the command: that of a Reader is found by its name. */
export function byName(line: string): string {
  return line
    .replace(/^\/usr\/bin\/env /, '')
    .replace(/(^|&& )npx (?:@sockpool\/)?/g, '$1')
    .replace(/^\S*\/\.bin\//, '');
}

/** The body of a server's reply, on a connection of its own. */
export async function get(origin: string): Promise<string> {
  return (await fetch(origin, { headers: { connection: 'close' } })).text();
}
