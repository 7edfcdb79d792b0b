import Ajv2020 from 'ajv/dist/2020.js';
import { changingHandler, greeting } from '@sockpool/pool-compliance';
import { describe, expect, test } from 'vitest';
import type { Route } from '../src/routes/route.ts';
import { ROUTES } from '../src/routes/routes.ts';
import { SCHEMAS } from '../src/routes/schemas.ts';
import { ask } from './fixtures/ask.ts';
import { controlledPool } from './fixtures/controlled-pool.ts';
import { KINDS } from './fixtures/pools.ts';

/** What `/v1/openapi.json` is, as far as the tests look at it. */
interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object };
}

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>
  >;
}

/** A body with which a POST does what it is for; `/v1/stop` comes last. */
const BODIES: Readonly<Record<string, object>> = {
  // The client of the test stays, and is cut then.
  '/v1/restart': { canary: true, canaryMs: 20, graceMs: 100 },
  '/v1/resize': { workers: 2 },
};

function inOrder(routes: readonly Route[]): Route[] {
  const stops = routes.filter(({ path }) => path === '/v1/stop');
  return [...routes.filter((route) => !stops.includes(route)), ...stops];
}

describe.each(KINDS)('The OpenAPI document of $name', (kind) => {
  test('describes every answer, of what succeeds and of what fails', async () => {
    const { path, connect } = await controlledPool(
      kind,
      { workers: 1 },
      { reloadTls: async () => undefined },
    );
    expect(await (await connect()).ask('echo on')).toBe('ON');
    const document: OpenApi = JSON.parse((await ask(path, { path: '/v1/openapi.json' })).body);
    expect(document.openapi).toBe('3.1.0');
    const ajv = new Ajv2020.default({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'doc', components: document.components });
    const validate = (schema: object, body: string): void => {
      const text = JSON.stringify(schema).replaceAll('"#/', '"doc#/');
      expect({
        ok: ajv.validate(JSON.parse(text), JSON.parse(body)),
        errors: ajv.errors,
        body,
      }).toMatchObject({
        ok: true,
      });
    };
    for (const { method, path: template, answer, takesLong } of inOrder(ROUTES)) {
      const operation = document.paths[template]?.[method.toLowerCase()];
      const url = template.replace('{workerId}', '0');
      if (answer === undefined || url === '/v1/events') continue;
      // What a kind of pool cannot do, and what it refuses, is described as well.
      const failed = await ask(path, { method, path: `${url}?unheard=of` });
      expect(failed.status).toBe(400);
      validate(
        operation?.responses['400']?.content?.['application/json']?.schema ?? {},
        failed.body,
      );
      if (url === '/v1/upgrade') continue;
      if (takesLong === true) expect(Object.keys(operation?.responses ?? {})).toContain('202');
      const query = url.endsWith('/profile') ? '?durationMs=20' : '';
      const body = method === 'POST' ? JSON.stringify(BODIES[url] ?? {}) : undefined;
      const reply = await ask(path, {
        method,
        path: url + query,
        headers: { 'content-type': 'application/json' },
        ...(body !== undefined && { body }),
      });
      expect([url, reply.status, reply.status === 200 ? '' : reply.body]).toEqual([url, 200, '']);
      const content = operation?.responses['200']?.content ?? {};
      const [type = '', { schema = undefined } = {}] = Object.entries(content)[0] ?? [];
      expect(reply.headers['content-type']).toBe(type);
      if (schema !== undefined) validate(schema, reply.body);
    }
  });

  test('describes the answer to a restart that fails', async () => {
    const handler = await changingHandler(greeting('old'));
    const { path } = await controlledPool(kind, { handler: handler.path });
    await handler.write(`throw new TypeError('no database', { cause: new Error('refused') });`);
    const { status, body } = await ask(path, { method: 'POST', path: '/v1/restart' });
    expect(status).toBe(422);
    const ajv = new Ajv2020.default({ strict: false });
    const schema = { $ref: '#/components/schemas/Failure', components: { schemas: SCHEMAS } };
    expect([ajv.validate(schema, JSON.parse(body)), ajv.errors]).toEqual([true, null]);
  });
});

test('Every operation has a name of its own, and every schema that is named is there', async () => {
  const { openApi } = await import('../src/routes/open-api.ts');
  const text = JSON.stringify(openApi(ROUTES, {}));
  const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ROUTES.length);
  for (const [, name = ''] of text.matchAll(/#\/components\/schemas\/(\w+)/g)) {
    expect(Object.keys(SCHEMAS)).toContain(name);
  }
});
