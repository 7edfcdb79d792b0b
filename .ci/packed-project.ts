import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Manifest, ROOT, SCOPE, type WorkspacePackage } from './workspace-packages.ts';

/** A package as it would go to the registry. */
export interface PackedPackage {
  readonly name: string;
  /** The name without the scope, which is also the name of its smoke program. */
  readonly shortName: string;
  readonly version: string;
  readonly tarball: string;
  readonly bytes: number;
  /** The paths in the tarball. */
  readonly files: readonly string[];
}

/** Whether a package can be installed here, going by its `os`, `cpu` and `libc`. */
export function isForThisPlatform({ os, cpu, libc }: Manifest): boolean {
  // It would look up the names of network peers.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const libcHere = report.header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  return (
    (os?.includes(process.platform) ?? true) &&
    (cpu?.includes(process.arch) ?? true) &&
    (libc?.includes(libcHere) ?? true)
  );
}

/** Packs a built package into a folder. */
export function pack(pkg: WorkspacePackage, destination: string): PackedPackage {
  const { name, version, filename, size, files } = JSON.parse(
    pnpm(['pack', '--json', '--pack-destination', destination], path.join(ROOT, pkg.folder)),
  ) as {
    readonly name: string;
    readonly version: string;
    readonly filename: string;
    readonly size: number;
    readonly files: readonly { readonly path: string }[];
  };
  return {
    name,
    shortName: name.slice(SCOPE.length),
    version,
    tarball: filename,
    bytes: size,
    files: files.map((file) => file.path),
  };
}

/** A project outside the workspace, in which packed packages are installed and used. */
export class PackedProject implements Disposable {
  readonly folder: string = mkdtempSync(path.join(tmpdir(), 'sockpool-packed-'));

  /**
   * Installs tarballs, all together. The scope's registry is a closed port, so that
   * nothing can be looked up there.
   *
   * @param direct what the project depends on
   * @param all what takes the place of the scope's packages, wherever they are depended on
   * @throws {Error} when the installation fails, with its output
   */
  install(direct: readonly PackedPackage[], all: readonly PackedPackage[]): void {
    const byName = (packages: readonly PackedPackage[]): Record<string, string> =>
      Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]));
    const types = readManifest(path.join(ROOT, 'node_modules/@types/node')).version;
    this.#writeJson('package.json', {
      private: true,
      type: 'module',
      dependencies: byName(direct),
      devDependencies: { '@types/node': types },
    });
    // JSON is YAML.
    this.#writeJson('pnpm-workspace.yaml', { overrides: byName(all), pmOnFail: 'ignore' });
    writeFileSync(
      path.join(this.folder, '.npmrc'),
      `${SCOPE.slice(0, -1)}:registry=http://127.0.0.1:9/\nupdate-notifier=false\n`,
    );
    pnpm(['install', '--prefer-offline', '--no-frozen-lockfile'], this.folder);
  }

  /** Reads the package.json of an installed package. */
  manifest(name: string): Manifest {
    return readManifest(path.join(this.folder, 'node_modules', name));
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
    this.#execute(path.join(ROOT, 'node_modules/typescript/bin/tsc'), ['-p', this.folder]);
  }

  /**
   * Runs a program of the project on this Node.
   *
   * @param timeoutMs how long it may take
   * @throws {Error} when it fails or takes longer, with its output
   */
  run(program: string, timeoutMs: number): void {
    this.#execute(path.join(this.folder, program), [], timeoutMs);
  }

  /** Removes the project. */
  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }

  #writeJson(name: string, value: unknown): void {
    writeFileSync(path.join(this.folder, name), `${JSON.stringify(value, null, 2)}\n`);
  }

  #execute(script: string, args: readonly string[], timeoutMs = 120_000): void {
    execute(process.execPath, [script, ...args], this.folder, timeoutMs);
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
}

function pnpm(args: readonly string[], cwd: string): string {
  return execute('pnpm', args, cwd, 300_000);
}

/** Runs a command to its end and returns what it printed. */
function execute(command: string, args: readonly string[], cwd: string, timeoutMs: number): string {
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      timeout: timeoutMs,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const failed = error as NodeJS.ErrnoException & { stdout?: string; stderr?: string };
    const missing = failed.code === 'ENOENT' ? 'it is not on PATH' : '';
    const late = failed.code === 'ETIMEDOUT' ? `it took more than ${timeoutMs} ms` : '';
    const output = `${failed.stdout ?? ''}${failed.stderr ?? ''}`.trim();
    const reason = [missing, late, output].filter((text) => text !== '').join('\n');
    const line = [command, ...args].map((word) => path.basename(word)).join(' ');
    throw new Error(`'${line}' failed: ${reason || failed.message}`, { cause: error });
  }
}
