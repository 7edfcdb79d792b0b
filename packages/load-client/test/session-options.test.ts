import { describe, expect, test } from 'vitest';
import { type LoadOptions, runLoad, type SessionOptions } from '../src/index.ts';

describe('session options', () => {
  const GET = { request: 'GET /' };
  test.each<[Partial<LoadOptions>, string]>([
    [{ sessions: 1 }, 'sessions need a session'],
    [{ session: { steps: [] } }, 'Option session.steps must be a list of one step or more, got []'],
    [{ session: { steps: [GET], stepz: 1 } as SessionOptions }, 'did you mean steps?'],
    [{ session: { steps: [{ request: 'GET' }] } }, 'it must be a method'],
    [{ session: { steps: [{ request: 'HEAD /' }] } }, 'use GET'],
    [{ session: { steps: [GET, { message: 'a' }] } }, 'session.steps[1].request must be such as'],
    [{ session: { steps: [{ ...GET, message: 'a' }] } }, 'give each step a request'],
    [{ session: { steps: [GET, GET] } }, "session.steps[1].name must be unlike the others'"],
    [{ session: { steps: [{ ...GET, body: 'a', json: 1 }] } }, 'give one of them'],
    [{ session: { steps: [{ request: 'GET /{{id}}' }] } }, "'{{id}}'"],
    [{ session: { steps: [{ ...GET, expectMatch: '(' }] } }, 'must be a regular expression'],
    [
      { session: { steps: [{ ...GET, extract: { id: { jsn: '/id' } as never } }] } },
      'must be one of { cookie }',
    ],
    [
      { session: { steps: [{ ...GET, extract: { id: { json: 'id' } } }] } },
      'must be a JSON pointer',
    ],
    [{ session: { steps: [{ ...GET, extract: { counter: { json: '/id' } } }] } }, "'counter'"],
    [{ session: { steps: [{ message: 'a' }] } }, 'need a framing with boundaries'],
    [
      {
        framing: 'line',
        session: { steps: [{ message: 'a', extract: { id: { cookie: 'id' } } }] },
      },
      'only HTTP has cookies',
    ],
    [{ framing: 'line', session: { steps: [{ message: 'a', body: 'b' }] } }, 'without HTTP'],
    [{ framing: 'line', retries: 1, session: { steps: [{ message: 'a' }] } }, 'leave out retries'],
    [{ http: { requests: ['GET /'] }, session: { steps: [GET] } }, "write 'request' in its steps"],
  ])('%j is refused, with what to write', async (options, told) => {
    await expect(runLoad({ port: 1, ...options })).rejects.toThrow(told);
    await expect(runLoad({ port: 1, ...options })).rejects.toThrow(TypeError);
  });
});
