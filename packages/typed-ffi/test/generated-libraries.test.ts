import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { inclusionOf, runCompiler } from '../src/compiler/compiler.ts';
import {
  backendAvailability,
  BACKENDS,
  FfiError,
  library,
  type LibraryPath,
} from '../src/index.ts';
import { buildFolder, typeErrors } from './fixtures/generated-module.ts';
import { hasCompiler } from './fixtures/probe-library.ts';

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const fixtures = fileURLToPath(new URL('fixtures/real-libraries/', import.meta.url));

interface RealLibrary {
  readonly name: string;
  readonly header: string;
  readonly path: LibraryPath;
  /** What Debian calls the package with the header. */
  readonly package: string;
  readonly flags?: readonly string[];
  /** What its program reports. */
  readonly found: Readonly<Record<string, unknown>>;
}

const refused = (count: number) => Array.from({ length: count }, () => 'RangeError');

const LIBRARIES: readonly RealLibrary[] = [
  {
    name: 'libsodium',
    header: 'sodium.h',
    path: 'libsodium.so.23',
    package: 'libsodium-dev',
    flags: ['--also', 'sodium/*.h'],
    found: {
      started: expect.toBeOneOf([0, 1]),
      sealed: 0,
      unsealed: 0,
      opened: 'script language',
      got: 0,
      read: 'script language',
      signed: 0,
      signatureLength: 64,
      verified: 0,
      forged: -1,
      hex: expect.stringMatching(/^[\da-f]{32}$/),
      refused: refused(12),
    },
  },
  {
    name: 'lz4',
    header: 'lz4.h',
    path: 'liblz4.so.1',
    package: 'liblz4-dev',
    found: {
      version: true,
      smaller: true,
      restoredSize: 4096,
      equal: true,
      fitted: true,
      refused: refused(6),
    },
  },
  {
    name: 'zstd',
    header: 'zstd.h',
    path: 'libzstd.so.1',
    package: 'libzstd-dev',
    found: {
      version: true,
      magic: true,
      smaller: true,
      content: 8000,
      restoredSize: 8000,
      equal: true,
      node: true,
      error: true,
      released: 'FfiError',
      refused: refused(5),
    },
  },
  {
    name: 'sqlite3',
    header: 'sqlite3.h',
    path: 'libsqlite3.so.0',
    package: 'libsqlite3-dev',
    found: {
      version: true,
      codes: true,
      done: true,
      rows: [
        ['größe', 1.5],
        ['two', 2.5],
      ],
      data: [0, 0, 1, 0, 3, 0, 0, 0],
      wrong: 1,
      message: 'no such column: nonsense',
      closed: 0,
      released: 'FfiError',
      refused: refused(3),
    },
  },
  {
    name: 'libgit2',
    header: 'git2.h',
    path: ['libgit2.so.1.5', 'libgit2.so'],
    package: 'libgit2-dev',
    flags: ['--also', 'git2/*.h'],
    found: {
      started: 1,
      code: 0,
      initialized: true,
      path: true,
      hex: true,
      same: true,
      size: 16,
      failed: true,
      refused: refused(4),
    },
  },
  {
    name: 'libcurl',
    header: 'curl/curl.h',
    path: 'libcurl.so.4',
    package: 'libcurl4-openssl-dev',
    flags: ['--also', 'curl/*.h'],
    found: {
      codes: true,
      status: 201,
      timed: true,
      body: 'typed-ffi posted hello',
      unreachable: true,
      message: true,
      escaped: 'a%20b%26c',
      released: 'FfiError',
      refused: refused(1),
    },
  },
  {
    name: 'libxml2',
    header: 'libxml/parser.h',
    path: 'libxml2.so.2',
    package: 'libxml2-dev',
    flags: ['-I', '/usr/include/libxml2', '--also', 'libxml/*.h', '--name', 'Libxml'],
    found: {
      version: true,
      kind: 'short',
      none: null,
      items: 2,
      content: 'größe',
      added: 'later',
      path: '/list/item[1]',
      part: 'öß',
      broken: null,
      refused: refused(2),
      freed: true,
      released: 'FfiError',
    },
  },
];

/** Says why the tests of a library are skipped, or nothing. */
function missing({ header, package: debian, path }: RealLibrary): string {
  if (!hasCompiler) return ' (skipped: there is no C compiler)';
  const options = { includeDirectories: ['/usr/include/libxml2'] };
  const { ok } = runCompiler(header, inclusionOf(header, options), ['-fsyntax-only'], options);
  if (!ok) return ` (skipped: there is no ${header}; ${debian} has it)`;
  try {
    library(path, {}, { deepBind: process.platform === 'linux' });
    return '';
  } catch (error) {
    if (error instanceof FfiError) return ` (skipped: ${error.message})`;
    throw error;
  }
}

/** Answers a POST with who asked and what was posted. */
function echo(): Server {
  return createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      response.writeHead(201).end(`${request.headers['x-asked-by']} posted ${body}`);
    });
  });
}

for (const real of LIBRARIES) {
  const reason = missing(real);

  describe.skipIf(reason !== '')(`${real.name}, generated with its hints${reason}`, () => {
    const folder = join(buildFolder, 'real', real.name);
    const program = join(folder, `${real.name}.ts`);
    const server = echo();

    beforeAll(async () => {
      mkdirSync(folder, { recursive: true });
      for (const file of [`${real.name}.ts`, 'refusal.ts']) {
        copyFileSync(join(fixtures, file), join(folder, file));
      }
      const hints = join(fixtures, `${real.name}.json`);
      const out = join(folder, 'bindings.ts');
      const args = ['generate', real.header, '--hints', hints, '--out', out, ...(real.flags ?? [])];
      const { status, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });
      expect([status, stderr.split('\n').at(-2)]).toEqual([0, expect.stringContaining(': ')]);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    });

    afterAll(() => server.close());

    test('type-checks, with the program that calls it', () => {
      expect(typeErrors([program])).toBe('');
    });

    for (const backend of BACKENDS) {
      const { available, reason: why } = backendAvailability(backend);
      const title = available ? backend : `${backend} (skipped: ${why})`;

      test.skipIf(!available)(
        `works on ${title} in a process of its own, and refuses sizes that are one too small`,
        async () => {
          const { port } = server.address() as AddressInfo;
          const flags = ['--disable-warning=ExperimentalWarning', program, backend];
          const child = execFile(process.execPath, [...flags, `http://127.0.0.1:${port}/`]);
          let [stdout, stderr] = ['', ''];
          child.stdout?.on('data', (text: string) => (stdout += text));
          child.stderr?.on('data', (text: string) => (stderr += text));
          const [code, signal] = await once(child, 'close');
          expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
          expect(JSON.parse(stdout)).toEqual(real.found);
        },
      );
    }
  });
}
