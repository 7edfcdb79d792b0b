import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Manifest, ROOT, SCOPE, type WorkspacePackage } from './workspace-packages.ts';

/** A package as it would go to the registry, as `pnpm pack` tells it. */
export interface PackedPackage {
  readonly name: string;
  readonly version: string;
  /** The tarball's path. */
  readonly filename: string;
  readonly size: number;
  /** What is in the tarball. */
  readonly files: readonly { readonly path: string }[];
}

/** Packs a built package into a folder. */
export function pack(pkg: WorkspacePackage, destination: string): PackedPackage {
  const args = ['pack', '--json', '--pack-destination', destination];
  return JSON.parse(execute('pnpm', args, path.join(ROOT, pkg.folder))) as PackedPackage;
}

/** A project outside the workspace, in which packed packages are installed and used. */
export class PackedProject implements Disposable {
  readonly folder: string = mkdtempSync(path.join(tmpdir(), 'sockpool-packed-'));

  /**
   * Installs tarballs, all together, but those for other platforms. The scope's registry is a
   * closed port, so that nothing can be looked up there.
   *
   * @throws {Error} when the installation fails, with its output
   */
  install(packages: readonly PackedPackage[]): void {
    const tarballs = Object.fromEntries(
      packages.map(({ name, filename }) => [name, `file:${filename}`]),
    );
    const types = readFileSync(path.join(ROOT, 'node_modules/@types/node/package.json'), 'utf8');
    this.#writeJson('package.json', {
      private: true,
      type: 'module',
      // Optional ones are left out where their `os`, `cpu` or `libc` is another.
      optionalDependencies: tarballs,
      devDependencies: { '@types/node': (JSON.parse(types) as Manifest).version },
    });
    // JSON is YAML.
    this.#writeJson('pnpm-workspace.yaml', { overrides: tarballs, pmOnFail: 'ignore' });
    writeFileSync(
      path.join(this.folder, '.npmrc'),
      `${SCOPE.slice(0, -1)}:registry=http://127.0.0.1:9/\nupdate-notifier=false\n`,
    );
    execute('pnpm', ['install', '--prefer-offline', '--no-frozen-lockfile'], this.folder);
  }

  /** Whether a package is installed. */
  has(name: string): boolean {
    return existsSync(path.join(this.folder, 'node_modules', name, 'package.json'));
  }

  /** Copies files into the project. */
  copy(from: string, names: readonly string[]): void {
    for (const name of names) cpSync(path.join(from, name), path.join(this.folder, name));
  }

  /**
   * Checks the types of the project's programs, and of the declarations that they use.
   *
   * @throws {Error} when there are errors, with tsc's output
   */
  checkTypes(): void {
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
    execute(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc')], this.folder);
  }

  /**
   * Runs a program of the project on this Node, a minute at most.
   *
   * @throws {Error} when it fails or takes longer, with its output
   */
  run(program: string): void {
    execute(process.execPath, [program], this.folder, 60_000);
  }

  /** Removes the project. */
  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }

  #writeJson(name: string, value: unknown): void {
    writeFileSync(path.join(this.folder, name), `${JSON.stringify(value, null, 2)}\n`);
  }
}

/** Runs a command to its end and returns what it printed. */
function execute(
  command: string,
  args: readonly string[],
  cwd: string,
  timeout: number = 300_000,
): string {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', timeout, stdio: 'pipe' });
  } catch (error) {
    // Node's message holds the command, and what it wrote to stderr.
    const { message, stdout = '' } = error as Error & { readonly stdout?: string };
    throw new Error(`${message}\n${stdout}`.trim(), { cause: error });
  }
}
