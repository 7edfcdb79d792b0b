import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { requirement } from '../../capabilities.ts';
import { moduleUrl } from '../../module-url.ts';
import { listeningPool, type PoolKind } from '../../pool-under-test.ts';

/** What a worker loads before it serves. */
export function describeWorkerStart(kind: PoolKind): void {
  const environment = requirement(kind, 'takesEnvironment');
  describe(`The start of a worker of a ${kind.name}`, () => {
    test.skipIf(environment.missing).each([
      ['without options', {}],
      ['with what admits connections', { protection: { maxConnectionsPerAddress: 4 } }],
    ])(
      `%s loads the worker's code, and no file of the primary's${environment.note}`,
      async (_, options) => {
        const { href } = moduleUrl('records-loaded-files');
        // An option of both kinds of pool, and not of a pool as such.
        const preloading: object = { execArgv: ['--import', href] };
        const { pool } = await listeningPool(kind, {
          name: 'tells-loaded-files',
          workers: 1,
          ...options,
          ...preloading,
        });
        const client = net.connect((pool.address as AddressInfo).port, '127.0.0.1');
        const [files] = await Promise.all([text(client), once(client, 'close')]);
        const sources = files
          .split('\n')
          .filter((url) => /\/pool-core\/dist\/.*\.js$/.test(url))
          .flatMap(sourcesOf);
        expect(sources).toContain('../src/worker/worker-runtime.ts');
        expect(sources.filter((source) => source.includes('/primary/'))).toEqual([]);
      },
    );
  });
}

/** Of what a built file is made, by its source map. A file that only exports what others have is made of nothing. */
function sourcesOf(url: string): readonly string[] {
  const file = fileURLToPath(url);
  if (!readFileSync(file, 'utf8').includes('sourceMappingURL=')) return [];
  const { sources } = JSON.parse(readFileSync(`${file}.map`, 'utf8')) as {
    readonly sources: readonly string[];
  };
  return sources;
}
