import { expect, test } from 'vitest';
import { canTransition, WORKER_TRANSITIONS } from './worker-state.ts';
import type { WorkerState } from '../options/workers/worker-info.ts';

const states = Object.keys(WORKER_TRANSITIONS) as WorkerState[];

test('A worker can crash from every state but exited', () => {
  const crashable = states.filter((state) => canTransition(state, 'exited'));
  expect(crashable).toEqual(['starting', 'ready', 'draining', 'terminating']);
});

test('A worker never goes back to an earlier state', () => {
  for (const [index, from] of states.entries()) {
    for (const to of states.slice(0, index + 1)) {
      expect(canTransition(from, to), `${from} -> ${to}`).toBe(false);
    }
  }
});

test('Only a starting worker becomes ready', () => {
  expect(states.filter((state) => canTransition(state, 'ready'))).toEqual(['starting']);
});
