import { describe, expect, test } from 'vitest';
import { select, SelectionError } from './selection.ts';

const WORKLOADS = ['short', 'storm'];
const PEERS = ['node', 'fork', 'cluster'];

function selected(...only: string[]): Record<string, string[]> {
  return Object.fromEntries(select(WORKLOADS, PEERS, only));
}

describe('select()', () => {
  test('takes everything when nothing is asked for', () => {
    expect(selected()).toEqual({ short: PEERS, storm: PEERS });
  });

  test('takes a workload with all peers, a peer in all workloads, and of both what they have in common', () => {
    expect(selected('storm')).toEqual({ storm: PEERS });
    expect(selected('fork')).toEqual({ short: ['fork'], storm: ['fork'] });
    expect(selected('cluster', 'storm', 'fork')).toEqual({ storm: ['fork', 'cluster'] });
  });

  test('adds pairs to what is asked for otherwise', () => {
    expect(selected('short/node')).toEqual({ short: ['node'] });
    expect(selected('short/node', 'storm')).toEqual({ short: ['node'], storm: PEERS });
  });

  test.each(['shorts', '', 'node/short', 'short/nodes', 'short/node/fork', 'short/'])(
    "refuses '%s' and says what there is",
    (word) => {
      expect(() => selected(word)).toThrow(SelectionError);
      expect(() => selected(word)).toThrow(/short, storm.*node, fork, cluster/);
    },
  );
});
