import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createPool, listeningPool, type PoolKind } from '../../pool-under-test.ts';

/** Echoes in capitals, in the source of a module of either kind. */
const ECHO = `(connection) => {
  connection.setEncoding('utf8').on('data', (text) => connection.write(text.toUpperCase()));
}`;
const TRANSPILED = `Object.defineProperty(exports, '__esModule', { value: true });`;
const EXPRESS = JSON.stringify(import.meta.resolve('express'));
const FASTIFY = JSON.stringify(import.meta.resolve('fastify'));

/** Modules that export a handler in one way or another. */
const HANDLERS: readonly (readonly [what: string, file: string, source: string])[] = [
  ['module.exports', 'h.cjs', `module.exports = ${ECHO};`],
  ['exports.default, as TypeScript writes it', 'h.cjs', `${TRANSPILED} exports.default = ${ECHO};`],
  [
    'exports.default, as Babel writes it',
    'h.cjs',
    `${TRANSPILED} exports.default = void 0; const echo = ${ECHO}; var _default = exports.default = echo;`,
  ],
  ['a promise', 'h.mjs', `export default Promise.resolve(${ECHO});`],
  [
    'a promise as exports.default',
    'h.cjs',
    `${TRANSPILED} exports.default = (async () => ${ECHO})();`,
  ],
  ['a promise as module.exports', 'h.cjs', `module.exports = (async () => ${ECHO})();`],
  ['an async function', 'h.mjs', `export default async ${ECHO}`],
  [
    'a function of two arguments',
    'h.mjs',
    `export default function (connection, context) { return (${ECHO})(connection); }`,
  ],
  ['a bound function', 'h.mjs', `export default (${ECHO}).bind(null);`],
];

/** Modules that export no handler, and what the error says. */
const OTHERS: readonly (readonly [what: string, file: string, source: string, error: RegExp])[] = [
  [
    'an Express app',
    'h.mjs',
    `import express from ${EXPRESS}; export default express();`,
    /looks like an Express app; write: export default serverHandler\(http\.createServer\(app\)\)$/,
  ],
  [
    'a router of Express',
    'h.mjs',
    `import express from ${EXPRESS}; export default express.Router();`,
    /looks like a router of Express or Connect; write: export default serverHandler\(http\.createServer\(express\(\)\.use\(router\)\)\)$/,
  ],
  [
    'a Fastify app',
    'h.mjs',
    `import fastify from ${FASTIFY}; export default fastify();`,
    /looks like a Fastify app; write: await app\.ready\(\); export default serverHandler\(app\.server\)$/,
  ],
  [
    'a server',
    'h.mjs',
    `import http from 'node:http'; export default http.createServer();`,
    /looks like a server; write: export default serverHandler\(server\)$/,
  ],
  [
    'a Koa app by its shape',
    'h.cjs',
    `module.exports = { callback() {}, use() {}, middleware: [] };`,
    /looks like a Koa app; write: .*http\.createServer\(app\.callback\(\)\)/,
  ],
  [
    'an object with fetch()',
    'h.mjs',
    `export default { fetch: (request) => new Response('hello') };`,
    /with fetch\(\); write: .*getRequestListener\(app\.fetch\)/,
  ],
  [
    'a class',
    'h.mjs',
    `export default class Handler {}`,
    /looks like a class; write: export default \(connection, context\) => new/,
  ],
  [
    'a request listener',
    'h.mjs',
    `export default (req, res) => res.end('hello');`,
    /looks like a request listener.*http\.createServer\(listener\)/,
  ],
  [
    'a middleware',
    'h.mjs',
    `export default function (a, b, next) { next(); }`,
    /looks like a middleware/,
  ],
  [
    'a named export only',
    'h.mjs',
    `export const handler = ${ECHO};`,
    /got undefined; it has 'handler'; if that is the handler, write 'export default handler'$/,
  ],
  [
    'a field of module.exports',
    'h.cjs',
    `exports.handler = ${ECHO};`,
    /it has 'handler'; if that is the handler, write 'module\.exports = handler'$/,
  ],
  ['nothing', 'h.mjs', ``, /got undefined; write 'export default \(connection, context\) =>/],
  ['a number', 'h.mjs', `export default 5;`, /got 5; write/],
  [
    'a proxy that throws',
    'h.mjs',
    `export default new Proxy({}, { get() { throw 1; } });`,
    /got an object/,
  ],
  [
    'data',
    'h.json',
    `{}`,
    /^Cannot start .*h\.json(?:\?\S*)?' must be JavaScript or TypeScript, got JSON$/,
  ],
  [
    'nothing, but throw what has no stack',
    'h.mjs',
    `throw 'no database';`,
    /^Cannot start worker [01]: loading '\S+h\.mjs(?:\?\S*)?' threw no database \(no stack/,
  ],
  [
    'a promise that rejects',
    'h.mjs',
    `export default Promise.reject(new RangeError('not today'));`,
    /^Cannot start worker [01]: not today$/,
  ],
];

async function moduleOf(file: string, source: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sockpool-module-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(path.join(folder, file), source);
  return path.join(folder, file);
}

/** What modules export: handlers of every kind, and what is none. */
export function describeHandlerModules(kind: PoolKind): void {
  describe(`${kind.name} handler modules`, () => {
    test.each(HANDLERS)('serve by what they export: %s', async (_, file, source) => {
      const handler = await moduleOf(file, source);
      const { connect } = await listeningPool(kind, { workers: 1, handler });
      const client = await connect();
      expect(await client.ask('hello')).toBe('HELLO');
      await client.end();
    });

    test.each(OTHERS)(
      'are refused at the start, with what to write, when they export %s',
      async (_, file, source, error) => {
        const handler = await moduleOf(file, source);
        const pool = createPool(kind, { workers: 1, handler });
        await expect(pool.listen()).rejects.toMatchObject({
          code: 'ERR_WORKER_BOOT',
          message: expect.stringMatching(error),
        });
      },
    );

    test.each([
      ['a file that is not there', 'none.mjs', / must be a file, got none$/],
      ['a folder', './', / must be a file, got a folder$/],
      ['one that imports what is not there', 'h.mjs', /: Cannot find module .*gone\.mjs/],
    ])('are refused at the start when they are %s', async (_, name, error) => {
      const file = await moduleOf('h.mjs', `import './gone.mjs';`);
      const handler = new URL(name, pathToFileURL(file));
      await expect(createPool(kind, { workers: 1, handler }).listen()).rejects.toMatchObject({
        code: 'ERR_WORKER_BOOT',
        message: expect.stringMatching(error),
      });
    });

    test('are told of as listeners of requests when they fail as those do', async () => {
      const handler = await moduleOf('h.mjs', `export default (a, b) => b.writeHead(200);`);
      const entries: string[] = [];
      const log = (message: string): void => void entries.push(message);
      const logger = { debug: log, info: log, warn: log, error: log };
      const { pool, connect } = await listeningPool(kind, { workers: 1, handler, logger });
      const told = once(pool, 'handlerError');
      await (
        await connect()
      ).ended;
      expect((await told)[0]).toMatchObject({ message: 'b.writeHead is not a function' });
      expect(entries).toEqual([
        expect.stringMatching(
          /^Worker 0: a handler failed, .*b\.writeHead is not a function; .*write: export default serverHandler\(http\.createServer\(listener\)\)$/,
        ),
      ]);
    });

    test.each([
      ['an ECMAScript module', 'h.mjs', 'export default () => {\n\tconst broken = ;\n};'],
      ['a CommonJS module', 'h.cjs', 'module.exports = () => {\n\tconst broken = ;\n};'],
      ['a TypeScript module', 'h.ts', 'export default (): void => {\n\tconst broken = ;\n};'],
    ])('that cannot be parsed keep file, line and caret: %s', async (_, file, source) => {
      const handler = await moduleOf(file, source);
      const failure = await createPool(kind, { workers: 1, handler })
        .listen()
        .catch((error: unknown) => error);
      const { cause } = failure as Error & { readonly cause: Error };
      expect(cause.name).toBe('SyntaxError');
      expect(cause.stack).toMatch(/h\.\w+(?:\?\S+)?:2\n(?:.*\n)?\s+const broken = ;\n[\t ]+\^/);
    });

    test('that import one that cannot be parsed name that one', async () => {
      const handler = await moduleOf('h.mjs', `import './broken.mjs';\nexport default ${ECHO}`);
      await writeFile(path.join(path.dirname(handler), 'broken.mjs'), 'const a = 1;\nlet a;\n');
      await expect(createPool(kind, { workers: 1, handler }).listen()).rejects.toMatchObject({
        cause: { stack: expect.stringMatching(/broken\.mjs:2\nlet a;\n {4}\^/) },
      });
    });
  });
}
