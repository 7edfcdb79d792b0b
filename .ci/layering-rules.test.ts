import { expect, test } from 'vitest';
import { ARROWS, type LayeredPackage, layeringErrors } from './layering-rules.ts';
import { moduleImports } from './module-imports.ts';
import type { Manifest } from './workspace-packages.ts';

/** A package named `@sockpool/<name>` with the given files, in a folder of its name. */
function pkg(
  name: string,
  files: Readonly<Record<string, string>>,
  manifest: Partial<Manifest> = {},
): LayeredPackage {
  return {
    folder: `packages/${name}`,
    manifest: {
      name: `@sockpool/${name}`,
      version: '0.0.0',
      exports: { '.': './dist/index.js', './package.json': './package.json' },
      ...manifest,
    },
    files: Object.entries(files).map(([path, source]) => ({
      path,
      imports: moduleImports(path, source),
    })),
  };
}

/** A dependency on every package, so that only the layering can object. */
const dependencies = Object.fromEntries(
  Object.keys(ARROWS).map((name) => [`@sockpool/${name}`, 'workspace:^']),
);

/** What is wrong with a package that imports each of the others in a file. */
function arrowsFrom(from: string, file: string): string[] {
  const others = Object.keys(ARROWS).filter((name) => name !== from);
  const source = others.map((name) => `import '@sockpool/${name}';`).join('\n');
  const errors = layeringErrors([pkg(from, { [file]: source }, { dependencies })]);
  const refused = new Set(
    errors.flatMap((error) => /'@sockpool\/(.*)' breaks/.exec(error)?.[1] ?? []),
  );
  return others.filter((name) => !refused.has(name));
}

test.for([
  ['pool-core', ['connection-guard', 'proxy-protocol']],
  ['echo-protocol', []],
  ['typed-ffi', []],
  ['native', []],
  ['ci', []],
  ['process-pool', ['pool-core']],
  ['thread-pool', ['pool-core']],
  [
    'pool-compliance',
    ['haproxy-fixture', 'load-client', 'proxy-protocol', 'pool-core', 'zero-loss'],
  ],
  ['load-client', ['echo-protocol']],
  [
    'native-ctest',
    [
      'native',
      'native-ctest-darwin-arm64',
      'native-ctest-darwin-x64',
      'native-ctest-linux-arm64-gnu',
      'native-ctest-linux-arm64-musl',
      'native-ctest-linux-x64-gnu',
      'native-ctest-linux-x64-musl',
      'typed-ffi',
    ],
  ],
  [
    'demo',
    [
      'echo-protocol',
      'load-client',
      'native-ctest',
      'process-pool',
      'thread-pool',
      'typed-ffi',
      'pool-core',
    ],
  ],
] as const)('%s may import at runtime: %s', ([from, allowed]) => {
  expect(arrowsFrom(from, 'src/a.ts')).toEqual(allowed);
});

test.for(['test/a.test.ts', 'src/a.test.ts', 'bench/a.ts'])(
  '%s may also import the packages for tests',
  (file) => {
    expect(arrowsFrom('typed-ffi', file)).toEqual([
      'echo-protocol',
      'load-client',
      'pool-compliance',
    ]);
  },
);

test('nothing imports the demo', () => {
  for (const from of Object.keys(ARROWS)) {
    for (const file of ['src/a.ts', 'test/a.test.ts']) {
      expect(arrowsFrom(from, file)).not.toContain('demo');
    }
  }
});

/** What is wrong with a file of a package. */
function problems(
  source: string,
  { name = 'thread-pool', file = 'src/a.ts', manifest = {} as Partial<Manifest> } = {},
): string[] {
  return layeringErrors([pkg(name, { [file]: source }, manifest)]);
}

test('An error names the file, the line, the import and what is allowed', () => {
  expect(
    problems("import net from 'node:net';\nimport type { A } from '@sockpool/process-pool';"),
  ).toEqual([
    "packages/thread-pool/src/a.ts:2: '@sockpool/process-pool' breaks the layering: " +
      'thread-pool may use only pool-core',
  ]);
});

test.for([
  "import 'node:child_process';",
  "import { fork } from 'child_process';",
  "import type { ChildProcess } from 'node:child_process';",
  "import cluster from 'node:cluster';",
  "export { Worker } from 'node:worker_threads';",
  "import { type MessagePort } from 'node:worker_threads';",
  "await import('node:worker_threads');",
  "process.getBuiltinModule('node:worker_threads');",
])('pool-core may not contain %s', (source) => {
  expect(problems(source, { name: 'pool-core' })).toEqual([
    expect.stringContaining('pool-core knows no kind of worker'),
  ]);
  expect(problems(source)).toEqual([]);
});

test('pool-core may import the types of worker_threads, and its tests anything', () => {
  const name = 'pool-core';
  expect(problems("import type { MessagePort } from 'node:worker_threads';", { name })).toEqual([]);
  expect(problems("import 'node:worker_threads';", { name, file: 'src/a.test.ts' })).toEqual([]);
});

test.for([
  ["import './index.ts';", 'src/a.ts'],
  ["import '../index.ts';", 'src/behaviours/a.ts'],
  ["import type { A } from './index.ts';", 'src/a.ts'],
  ["import '.';", 'src/a.ts'],
  ["import '@sockpool/thread-pool';", 'src/a.ts'],
] as const)("%s in %s is the package's own index.ts", ([source, file]) => {
  expect(problems(source, { file })).toEqual([
    expect.stringContaining("is the package's own index.ts"),
  ]);
});

test("An index.ts elsewhere, and a test's use of the package, are allowed", () => {
  expect(problems("import '../src/index.ts';", { file: 'test/a.test.ts' })).toEqual([]);
  expect(problems("import './cli/index.ts';")).toEqual([]);
  expect(problems("import '@sockpool/thread-pool';", { file: 'test/a.test.ts' })).toEqual([]);
});

test.for(['@sockpool/pool-core/src/supervisor.ts', '@sockpool/pool-core/dist/supervisor.js'])(
  '%s reaches into another package',
  (specifier) => {
    const supervisor = pkg('pool-core', {});
    const pool = pkg(
      'thread-pool',
      { 'src/a.ts': `import '${specifier}';` },
      {
        dependencies: {
          '@sockpool/pool-core': 'workspace:^',
        },
      },
    );
    expect(layeringErrors([supervisor, pool])).toEqual([
      expect.stringContaining('reaches into @sockpool/pool-core'),
    ]);
  },
);

test('What a package exports by a pattern can be imported', () => {
  const compliance = pkg(
    'pool-compliance',
    {},
    { exports: { './handlers/*': './src/handlers/*' } },
  );
  const pool = pkg('thread-pool', {
    'test/a.test.ts':
      "import.meta.resolve('@sockpool/pool-compliance/handlers/a.ts');\n" +
      "import '@sockpool/pool-compliance/handlers/';\n" +
      "import '@sockpool/pool-compliance';",
  });
  expect(layeringErrors([compliance, pool]).map((error) => error.split(':', 2)[1])).toEqual([
    '2',
    '3',
  ]);
});

test('A relative import that leaves the package is refused', () => {
  expect(problems("import '../../pool-core/src/supervisor.ts';")).toEqual([
    expect.stringContaining('leaves the package'),
  ]);
});

test('What is imported at runtime must be in dependencies', () => {
  const source = "import { Command } from 'commander/esm.mjs';";
  const manifest = { devDependencies: { commander: '1.0.0' } };
  expect(problems(source, { manifest })).toEqual([
    expect.stringContaining("'commander' is not in dependencies"),
  ]);
  for (const field of ['dependencies', 'optionalDependencies', 'peerDependencies']) {
    expect(problems(source, { manifest: { [field]: { commander: '1.0.0' } } })).toEqual([]);
  }
  expect(problems(source, { manifest, file: 'test/a.test.ts' })).toEqual([]);
  expect(problems("import type { Command } from 'commander';", { manifest })).toEqual([]);
  expect(problems("import 'node:net'; import 'net'; import '#a'; import 'data:,';")).toEqual([]);
});

test.for([
  'src/utils.ts',
  'src/common/a.ts',
  'test/helpers.test.ts',
  'src/types.ts',
  'bench/misc.mjs',
])('%s is no name for a file', (file) => {
  expect(problems('', { file })).toEqual([expect.stringContaining(`${file}: '`)]);
});

test('A name that only contains such a word is allowed', () => {
  expect(problems('', { file: 'src/shared-socket-acceptor.ts' })).toEqual([]);
  expect(problems('', { file: 'src/array-types.ts' })).toEqual([]);
});

test('A package.json that breaks the layering is refused', () => {
  const manifest = {
    dependencies: { '@sockpool/process-pool': 'workspace:^' },
    devDependencies: { '@sockpool/pool-compliance': 'workspace:^' },
  };
  expect(layeringErrors([pkg('load-client', {}, manifest)])).toEqual([
    'packages/load-client/package.json: dependencies break the layering: ' +
      'load-client may use only echo-protocol',
  ]);
});

test('A package without a line in the table is refused', () => {
  expect(layeringErrors([pkg('new-package', {})])).toEqual([
    'packages/new-package/package.json: @sockpool/new-package has no line in the ARROWS ' +
      'of .ci/layering-rules.ts',
  ]);
});

/** The files of a pool whose worker imports `b.ts`, of that source. */
function poolFiles(source: string): Record<string, string> {
  return {
    'src/worker-main.ts': "import { b } from './b.ts';",
    'src/b.ts': source,
    'src/primary.ts': "import { WorkerPool } from '@sockpool/pool-core';",
  };
}

test("What workers load must not bring the primary's code along, at first or second hand", () => {
  const manifest = { dependencies: { '@sockpool/pool-core': 'workspace:^' } };
  const refused = layeringErrors([
    pkg('thread-pool', poolFiles("import { a } from '@sockpool/pool-core';"), manifest),
  ]);
  expect(refused).toEqual([
    "packages/thread-pool/src/b.ts:1: '@sockpool/pool-core' makes every worker load the " +
      "primary's code: import @sockpool/pool-core/worker or /handler",
  ]);
  for (const source of [
    "import type { A } from '@sockpool/pool-core';",
    "import { a } from '@sockpool/pool-core/worker';",
    "import { b } from './worker-main.ts';",
  ]) {
    expect(layeringErrors([pkg('thread-pool', poolFiles(source), manifest)])).toEqual([]);
  }
  expect(
    layeringErrors([
      pkg('pool-core', {
        'src/worker.ts': "export { a } from './a.ts';",
        'src/a.ts': "import { WorkerPool } from './worker-pool.ts';",
        'src/worker-pool.ts': "import './a.ts';",
      }),
    ]),
  ).toEqual([expect.stringMatching(/^packages\/pool-core\/src\/a\.ts:1: '\.\/worker-pool/)]);
});
