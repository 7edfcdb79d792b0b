import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommand } from './command.ts';
import type { Tarball } from './tarball.ts';
import { ROOT } from './workspace.ts';

/** The folder with a program for each package, called like it, and what they use. */
export const PROGRAMS = 'apps/release/programs';

/** A project outside the workspace, in which packed packages are installed and used. */
export class PackedProject implements Disposable {
  readonly folder: string = mkdtempSync(path.join(tmpdir(), 'sockpool-packed-'));

  /**
   * Installs tarballs, all together, but those for other platforms. The scope's registry is a
   * closed port, so that nothing can be looked up there.
   *
   * @throws {CommandError} when the installation fails, with its last lines
   */
  async install(tarballs: readonly Tarball[]): Promise<void> {
    const files = Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]));
    const types = readFileSync(path.join(ROOT, 'node_modules/@types/node/package.json'), 'utf8');
    this.#writeJson('package.json', {
      private: true,
      type: 'module',
      // Optional ones are left out where their `os`, `cpu` or `libc` is another.
      optionalDependencies: files,
      devDependencies: { '@types/node': (JSON.parse(types) as { version: string }).version },
    });
    // JSON is YAML.
    this.#writeJson('pnpm-workspace.yaml', { overrides: files, pmOnFail: 'ignore' });
    writeFileSync(
      path.join(this.folder, '.npmrc'),
      '@sockpool:registry=http://127.0.0.1:9/\nupdate-notifier=false\n',
    );
    await this.#do('pnpm', 'install', '--prefer-offline', '--no-frozen-lockfile');
  }

  /** Whether a package is installed. */
  has(name: string): boolean {
    return existsSync(path.join(this.folder, 'node_modules', name, 'package.json'));
  }

  /** Copies programs into the project. */
  copy(names: readonly string[]): void {
    for (const name of names) cpSync(path.join(ROOT, PROGRAMS, name), path.join(this.folder, name));
  }

  /**
   * Checks the types of the project's programs, and of the declarations that they use.
   *
   * @throws {CommandError} when there are errors, with tsc's last lines
   */
  async checkTypes(): Promise<void> {
    this.#writeJson('tsconfig.json', {
      compilerOptions: {
        target: 'es2024',
        module: 'nodenext',
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
      },
      include: ['*.ts'],
    });
    await this.#do(process.execPath, path.join(ROOT, 'node_modules/typescript/bin/tsc'));
  }

  /**
   * Runs a program of the project on this Node.
   *
   * @throws {CommandError} when it fails, with its last lines
   */
  async run(program: string): Promise<void> {
    await this.#do(process.execPath, program);
  }

  /** Removes the project. */
  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }

  async #do(command: string, ...args: readonly string[]): Promise<void> {
    await runCommand(command, args, { cwd: this.folder });
  }

  #writeJson(name: string, value: unknown): void {
    writeFileSync(path.join(this.folder, name), `${JSON.stringify(value, null, 2)}\n`);
  }
}
