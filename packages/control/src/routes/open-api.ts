import type { Parameters } from './parameters.ts';
import type { Route } from './route.ts';
import { type Schema, SCHEMAS } from './schemas.ts';

/** What may be answered besides a route's own answer. */
const FAILURES: Readonly<Record<string, string>> = Object.freeze({
  '400': 'A parameter is wrong or unknown.',
  '401': 'The token is missing or wrong.',
  '403': 'The request comes from a web page.',
  '404': 'There is no such worker.',
  '409': 'The pool is in no state for it, or the worker is busy with another such request.',
  '413': 'The body is too long.',
  '415': 'The body is not application/json.',
  '421': 'The header Host names another machine.',
  '422': 'The new code, or the new certificate, does not serve; the pool serves on as before.',
  '500': 'Something else went wrong.',
  '501': 'This pool or this program cannot do it.',
  '504': 'A worker has not answered in time.',
});

/**
 * Describes the API as an OpenAPI 3.1 document.
 *
 * @param routes everything that can be asked
 * @param wait the parameters of what takes long
 */
export function openApi(routes: readonly Route[], wait: Parameters): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase()] = operation(route, wait);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'sockpool control',
      version: '1',
      description: 'Shows and steers a running pool.',
    },
    paths,
    components: {
      schemas: SCHEMAS,
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operation(route: Route, wait: Parameters): Schema {
  const { path, summary, query = {}, body = {}, takesLong = false, answer } = route;
  const inPath = path.includes('{workerId}')
    ? [{ name: 'workerId', in: 'path', required: true, schema: { type: 'integer', minimum: 0 } }]
    : [];
  const inQuery = Object.entries({ ...query, ...(takesLong && wait) }).map(
    ([name, { description, required = false, ...schema }]) => ({
      name,
      in: 'query',
      required,
      description,
      schema,
    }),
  );
  return {
    operationId: operationId(route),
    summary,
    parameters: [...inPath, ...inQuery],
    ...(Object.keys(body).length > 0 && { requestBody: requestBody(body) }),
    responses: {
      '200': {
        description: summary,
        content:
          'schema' in answer
            ? { 'application/json': { schema: { $ref: `#/components/schemas/${answer.schema}` } } }
            : { [answer.type]: {} },
      },
      ...(takesLong && {
        '202': { description: 'It has begun.', content: json('Accepted') },
      }),
      ...Object.fromEntries(
        Object.entries(FAILURES).map(([status, description]) => [
          status,
          { description, content: json('Failure') },
        ]),
      ),
    },
  };
}

function operationId({ method, path }: Route): string {
  const words = path.replace(/[{}]/g, '').split(/[/-]/).slice(2);
  return [
    method.toLowerCase(),
    ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)),
  ].join('');
}

function requestBody(body: Parameters): Schema {
  const fields = Object.entries(body);
  return {
    required: fields.some(([, { required }]) => required),
    content: {
      'application/json': {
        schema: {
          type: 'object',
          properties: Object.fromEntries(
            fields.map(([name, parameter]) => [name, { ...parameter, required: undefined }]),
          ),
          required: fields.flatMap(([name, { required }]) => (required === true ? [name] : [])),
          additionalProperties: false,
        },
      },
    },
  };
}

function json(schema: string): Schema {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } };
}
