import { describe, expect, expectTypeOf, test } from 'vitest';
import type { AddressInfo } from 'node:net';
import {
  type ConnectionContext,
  type ConnectionHandler,
  type PoolOptions,
  type RestartOptions,
  serveHealth,
  serverHandler,
  type WorkerPool,
} from '@sockpool/pool-core';
import { createServer } from 'node:http';
import { requirement } from '../../capabilities.ts';
import { createPool, listeningPool, type PoolKind } from '../../pool-under-test.ts';

/** Options as a program without types gives them. */
const untyped = (options: unknown): never => options as never;

const unknown = (name: string, verb: string): RegExp =>
  new RegExp(`^Unknown option ${name} of ${verb}\\(\\): `);

interface Settings {
  readonly greeting: string;
}

const greet: ConnectionHandler<Settings> = (connection, { workerData }) => {
  connection.end(workerData.greeting);
};

/** Is never called: what it says, the compiler checks. */
function typesOfListen(pool: WorkerPool): void {
  expectTypeOf(pool.listen()).resolves.toEqualTypeOf<AddressInfo>();
  expectTypeOf(pool.listen({ port: 0 })).resolves.toEqualTypeOf<AddressInfo>();
  expectTypeOf(pool.listen({ fd: 3 })).resolves.toEqualTypeOf<AddressInfo>();
  expectTypeOf(pool.listen({ path: '/run/x' })).resolves.toEqualTypeOf<string>();
}

/** What a program gets to read that gives an option that there is not, or a value that cannot be. */
export function describeOptions(kind: PoolKind): void {
  const environment = requirement(kind, 'takesEnvironment');
  describe(`${kind.name} options`, () => {
    test.each([
      ['maxConection', `of ${kind.Pool.name}: did you mean maxConnections? Allowed are`],
      ['handlr', `of ${kind.Pool.name}: did you mean handler? Allowed are`],
      ['toString', `of ${kind.Pool.name}: allowed are handler, workers, `],
      ['constructor', `of ${kind.Pool.name}: `],
      ['__proto__', `of ${kind.Pool.name}: `],
    ])('refuses the unknown option %s, and names the nearest', (name, message) => {
      const options = JSON.parse(`{ "${name}": 1 }`) as object;
      const create = (): unknown =>
        new kind.Pool(Object.defineProperties({ handler: '/h.js' }, describeAll(options)) as never);
      expect(create).toThrow(TypeError);
      expect(create).toThrow(`Unknown option ${name} ${message}`);
    });

    test.each([
      ['overload', 'polisy', 'did you mean overload.policy? Allowed are policy, '],
      ['respawn', 'initialDelay', 'did you mean respawn.initialDelayMs?'],
      ['health', 'stackk', 'did you mean health.stack?'],
      ['shutdown', 'grace', 'did you mean shutdown.graceMs?'],
      ['recycle', 'maxAge', 'did you mean recycle.maxAgeMs?'],
      ['recycle', 'valueOf', 'allowed are maxConnections'],
      ['connection', 'nodelay', 'did you mean connection.noDelay?'],
      ['protection', 'idleTimeout', 'did you mean protection.idleTimeoutMs?'],
      ['protection', 'hasOwnProperty', 'allowed are allow, deny'],
      ['proxyProtocol', 'timeout', 'did you mean proxyProtocol.timeoutMs?'],
      ['tls', 'keys', 'did you mean tls.key?'],
    ])('refuses the unknown option %s.%s', (group, name, message) => {
      const create = (): unknown => createPool(kind, untyped({ [group]: { [name]: 1 } }));
      expect(create).toThrow(TypeError);
      expect(create).toThrow(`Unknown option ${group}.${name}: ${message}`);
    });

    test('refuses what a verb does not know, and changes nothing', async () => {
      await expect(createPool(kind).listen(untyped({ prot: 80 }))).rejects.toThrow(
        new TypeError(
          'Unknown option prot of listen(): did you mean port? Allowed are port, host, path, mode, fd, ipv6Only, backlog',
        ),
      );
      const { pool, connect } = await listeningPool(kind);
      await expect(pool.restart(untyped({ worker: 1 }))).rejects.toThrow(
        unknown('worker', 'restart'),
      );
      await expect(pool.restart(untyped({ toString: 1 }))).rejects.toThrow(
        unknown('toString', 'restart'),
      );
      await expect(pool.resize(1, untyped({ grace: 1 }))).rejects.toThrow(
        unknown('grace', 'resize'),
      );
      expect(() => pool.close(untyped({ grace: 1 }))).toThrow(unknown('grace', 'close'));
      await expect(serveHealth(pool, untyped({ prot: 1 }))).rejects.toThrow(
        unknown('prot', 'serveHealth'),
      );
      expect(() => serverHandler(createServer(), untyped({ idleGrace: 1 }))).toThrow(
        /^Unknown option idleGrace of serverHandler\(\): did you mean idleGraceMs\?/,
      );
      expect(pool.workerCount).toBe(2);
      expect(await (await connect()).ask('echo still')).toBe('STILL');
    });

    test.each([null, 7, 'fast', []])(
      'refuses %o in place of the options of a verb',
      async (wrong) => {
        const { pool } = await listeningPool(kind);
        const message = /options must be an object, such as \{/;
        await expect(pool.restart(untyped(wrong))).rejects.toThrow(TypeError);
        await expect(pool.restart(untyped(wrong))).rejects.toThrow(message);
        await expect(pool.resize(2, untyped(wrong))).rejects.toThrow(message);
        expect(() => pool.close(untyped(wrong))).toThrow(message);
      },
    );

    test.skipIf(environment.missing)(
      `refuses a wrong env and execArgv, at construction and in a restart${environment.note}`,
      async () => {
        const wrong: readonly (readonly [object, string])[] = [
          [{ env: 'PATH=/' }, 'Option env must be an object, such as { ...process.env, '],
          [{ env: { PORT: 80 } }, 'Option env.PORT must be a string, got 80'],
          [{ execArgv: '--inspect' }, "Option execArgv must be a list of strings, got '--inspect'"],
          [{ execArgv: [1] }, 'Option execArgv[0] must be a string, got 1'],
        ];
        const { pool, connect } = await listeningPool(kind);
        for (const [options, message] of wrong) {
          expect(() => createPool(kind, untyped(options))).toThrow(TypeError);
          expect(() => createPool(kind, untyped(options))).toThrow(message);
          await expect(pool.restart(untyped(options))).rejects.toThrow(message);
        }
        expect(await (await connect()).ask('echo still')).toBe('STILL');
      },
    );

    test('countMessages() refuses what is no number, and the stats keep theirs', async () => {
      const { pool, connect } = await listeningPool(kind, { workers: 1 });
      const client = await connect();
      expect(await client.ask('count x')).toBe(
        "TypeError: Cannot count 'x' messages: give a whole number of 0 or more, or nothing for one",
      );
      expect(await client.ask('echo one')).toBe('ONE');
      expect((await pool.stats()).total.messages).toBe(1);
    });

    test('listen() tells by its type what it resolves to', () => {
      expect(typesOfListen).toBeTypeOf('function');
    });

    test('workerData has the type that the pool and its handler say', () => {
      expectTypeOf<PoolOptions<Settings>['workerData']>().toEqualTypeOf<Settings | undefined>();
      expectTypeOf<RestartOptions<Settings>['workerData']>().toEqualTypeOf<Settings | undefined>();
      expectTypeOf(greet).parameter(1).toEqualTypeOf<ConnectionContext<Settings>>();
    });
  });
}

/** The own properties of an object, `__proto__` included, which an assignment would not make. */
function describeAll(options: object): PropertyDescriptorMap {
  return Object.getOwnPropertyDescriptors(options);
}
