import { isBuiltin } from 'node:module';
import path from 'node:path/posix';
import type { ModuleImport } from './module-imports.ts';
import { type Manifest, SCOPE, type WorkspacePackage } from './workspace-packages.ts';

/**
 * The arrows between the packages, all of them: what each may import at runtime.
 * A new package gets its line here.
 */
export const ARROWS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  ci: [],
  'connection-guard': [],
  demo: [
    'echo-protocol',
    'load-client',
    'native-ctest',
    'process-pool',
    'thread-pool',
    'typed-ffi',
    'pool-core',
  ],
  docs: ['process-pool', 'thread-pool'],
  'echo-protocol': [],
  'haproxy-fixture': [],
  'load-client': ['echo-protocol'],
  native: [],
  'native-ctest': [
    'native',
    'native-ctest-darwin-arm64',
    'native-ctest-darwin-x64',
    'native-ctest-linux-arm64-gnu',
    'native-ctest-linux-arm64-musl',
    'native-ctest-linux-x64-gnu',
    'native-ctest-linux-x64-musl',
    'typed-ffi',
  ],
  'native-ctest-darwin-arm64': ['native'],
  'native-ctest-darwin-x64': ['native'],
  'native-ctest-linux-arm64-gnu': ['native'],
  'native-ctest-linux-arm64-musl': ['native'],
  'native-ctest-linux-x64-gnu': ['native'],
  'native-ctest-linux-x64-musl': ['native'],
  'pool-compliance': ['haproxy-fixture', 'load-client', 'proxy-protocol', 'pool-core', 'zero-loss'],
  'process-pool': ['pool-core'],
  // Only its tests do: the package depends on nothing.
  'proxy-protocol': ['haproxy-fixture'],
  // Only its tests do: the package depends on nothing.
  systemd: ['process-pool', 'thread-pool'],
  'thread-pool': ['pool-core'],
  'typed-ffi': ['native'],
  'pool-core': ['connection-guard', 'proxy-protocol'],
  'zero-loss': ['load-client'],
});

/** What the tests and benches of every package may import besides. */
export const DEVELOPMENT_ARROWS: readonly string[] = Object.freeze([
  'echo-protocol',
  'load-client',
  'pool-compliance',
]);

/** pool-core knows no kind of worker. The types of threads' message ports are allowed. */
const KINDS_OF_WORKER: ReadonlySet<string> = new Set([
  'child_process',
  'cluster',
  'worker_threads',
]);

/** What a worker loads first; with all that these import, it is what every worker's start costs. */
const WORKER_SIDE: ReadonlySet<string> = new Set([
  'src/handler.ts',
  'src/stack-thread.ts',
  'src/worker-entry.ts',
  'src/worker-main.ts',
  'src/worker.ts',
]);

/** The surface of the pools, which brings all of the primary's code along. */
const PRIMARY_SIDE = {
  file: 'src/primary/pool/worker-pool.ts',
  module: `${SCOPE}pool-core`,
} as const;

/** Names under which anything could be put. */
const JUNK_DRAWER = /^(?:commons?|helpers?|misc|shared|types|utils?)$/;

/** A file of a package, as the rules see it. */
export interface SourceFile {
  /** Its path in the package, such as `src/index.ts`. */
  readonly path: string;
  readonly imports: readonly ModuleImport[];
}

/** A package and its files. */
export interface LayeredPackage extends WorkspacePackage {
  readonly files: readonly SourceFile[];
}

/**
 * Finds every breach of the layering, one line each, with the place and what is allowed.
 *
 * @param packages the whole workspace
 */
export function layeringErrors(packages: readonly LayeredPackage[]): string[] {
  const manifests = new Map(packages.map(({ manifest }) => [manifest.name, manifest]));
  return packages.flatMap((pkg) => [
    ...manifestErrors(pkg),
    ...workerSideErrors(pkg),
    ...pkg.files.flatMap((file) => [
      ...fileNameErrors(pkg, file),
      ...file.imports.flatMap((found) =>
        importErrors(pkg, file, found, manifests).map(
          (problem) => `${pkg.folder}/${file.path}:${found.line}: ${problem}`,
        ),
      ),
    ]),
  ]);
}

/** Whether a file is only run by developers. */
function isDevelopment(file: SourceFile): boolean {
  return !file.path.startsWith('src/') || /\.test\.\w+$/.test(file.path);
}

function shortName(name: string): string {
  return name.startsWith(SCOPE) ? name.slice(SCOPE.length) : name;
}

/** Says why a package may not use another one, or undefined if it may. */
function arrowError(from: string, to: string, development: boolean): string | undefined {
  const arrows = ARROWS[shortName(from)];
  if (arrows === undefined) return undefined; // Reported once, by manifestErrors().
  const allowed = new Set(development ? [...arrows, ...DEVELOPMENT_ARROWS] : arrows);
  if (allowed.has(shortName(to))) return undefined;
  const list = allowed.size === 0 ? 'no other package' : `only ${[...allowed].join(', ')}`;
  return `${shortName(from)} may use ${list}`;
}

function manifestErrors({ folder, manifest }: LayeredPackage): string[] {
  const place = `${folder}/package.json`;
  if (ARROWS[shortName(manifest.name)] === undefined) {
    return [`${place}: ${manifest.name} has no line in the ARROWS of .ci/layering-rules.ts`];
  }
  const fields = ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies'];
  return fields.flatMap((field) =>
    Object.keys(manifest[field as keyof Manifest] ?? {})
      .filter((name) => name.startsWith(SCOPE))
      .flatMap((name) => arrowError(manifest.name, name, field === 'devDependencies') ?? [])
      .map((problem) => `${place}: ${field} break the layering: ${problem}`),
  );
}

/** Finds where the workers' side of a package would load the primary's code. */
function workerSideErrors({ folder, files }: LayeredPackage): string[] {
  const errors: string[] = [];
  const queue = files.filter((file) => WORKER_SIDE.has(file.path));
  // It grows while it is walked through.
  for (const file of queue) {
    for (const { specifier, typeOnly, line } of file.imports) {
      if (typeOnly) continue;
      const target = path.join(path.dirname(file.path), specifier);
      const imported = specifier.startsWith('.') && files.find((other) => other.path === target);
      if (imported && !queue.includes(imported)) queue.push(imported);
      if (specifier !== PRIMARY_SIDE.module && target !== PRIMARY_SIDE.file) continue;
      errors.push(
        `${folder}/${file.path}:${line}: '${specifier}' makes every worker load the primary's code: ` +
          `import ${PRIMARY_SIDE.module}/worker or /handler`,
      );
    }
  }
  return errors;
}

function fileNameErrors({ folder }: LayeredPackage, file: SourceFile): string[] {
  const names = file.path.split('/').map((part) => part.replace(/\..*$/, ''));
  const junk = names.find((name) => JUNK_DRAWER.test(name));
  if (junk === undefined) return [];
  return [`${folder}/${file.path}: '${junk}' could hold anything: name it after what it exports`];
}

function importErrors(
  pkg: LayeredPackage,
  file: SourceFile,
  found: ModuleImport,
  manifests: ReadonlyMap<string, Manifest>,
): string[] {
  const { specifier } = found;
  if (/^\.{1,2}(?:\/|$)/.test(specifier)) return relativeErrors(file, specifier);
  if (isBuiltin(specifier)) return builtinErrors(pkg, file, found);
  if (specifier.startsWith('#') || URL.canParse(specifier)) return [];
  return packageErrors(pkg, file, found, manifests);
}

function relativeErrors(file: SourceFile, specifier: string): string[] {
  const target = path.join(path.dirname(file.path), specifier);
  if (target.startsWith('..')) return [`'${specifier}' leaves the package`];
  // Tests and benchmarks are users of the package: its index is for them.
  if (isDevelopment(file) || !/^src(?:\/(?:index(?:\.\w+)?)?)?$/.test(target)) return [];
  return [`'${specifier}' is the package's own index.ts: import the file that owns the name`];
}

function builtinErrors(pkg: LayeredPackage, file: SourceFile, found: ModuleImport): string[] {
  const [name = ''] = found.specifier.replace(/^node:/, '').split('/');
  const guarded = shortName(pkg.manifest.name) === 'pool-core' && !isDevelopment(file);
  if (!guarded || !KINDS_OF_WORKER.has(name)) return [];
  if (name === 'worker_threads' && found.typeOnly) return [];
  return [`pool-core knows no kind of worker, so it may not import '${found.specifier}'`];
}

function packageErrors(
  { manifest }: LayeredPackage,
  file: SourceFile,
  found: ModuleImport,
  manifests: ReadonlyMap<string, Manifest>,
): string[] {
  const { specifier } = found;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const subpath = specifier === name ? '.' : `.${specifier.slice(name.length)}`;
  const development = isDevelopment(file);
  const errors: string[] = [];

  if (name === manifest.name) {
    if (!development && subpath === '.') {
      errors.push(`'${specifier}' is the package's own index.ts: import the file itself`);
    }
  } else if (name.startsWith(SCOPE)) {
    const problem = arrowError(manifest.name, name, development);
    if (problem !== undefined) errors.push(`'${specifier}' breaks the layering: ${problem}`);
  }
  const target = manifests.get(name);
  if (target !== undefined && !isExported(target, subpath)) {
    errors.push(`'${specifier}' reaches into ${name}, which exports no '${subpath}'`);
  }
  if (!development && !found.typeOnly && name !== manifest.name && !isShipped(manifest, name)) {
    errors.push(`'${specifier}' is imported at runtime, but '${name}' is not in dependencies`);
  }
  return errors;
}

/** Whether a package's users may import a subpath of it. */
function isExported({ exports: exported }: Manifest, subpath: string): boolean {
  if (exported === undefined) return !subpath.startsWith('./src/');
  if (typeof exported === 'string') return subpath === '.';
  return Object.keys(exported).some((key) => {
    const [start = '', end] = key.split('*');
    if (end === undefined) return subpath === key;
    return subpath.length > key.length - 1 && subpath.startsWith(start) && subpath.endsWith(end);
  });
}

/** Whether a package is installed with one that is published. */
function isShipped(manifest: Manifest, name: string): boolean {
  const { dependencies, optionalDependencies, peerDependencies } = manifest;
  return [dependencies, optionalDependencies, peerDependencies].some(
    (names) => names !== undefined && Object.hasOwn(names, name),
  );
}
