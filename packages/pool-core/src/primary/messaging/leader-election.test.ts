import { expect, test } from 'vitest';
import type { WorkerState } from '../../options/workers/worker-info.ts';
import { LeaderElection } from './leader-election.ts';

class Candidate {
  readonly generation: number;
  state: WorkerState = 'ready';
  inService = true;
  leads = 0;

  constructor(generation = 0) {
    this.generation = generation;
  }

  send(): void {
    this.leads += 1;
  }
}

test('One worker leads; the next one when it lets go or is gone, in the order in which they asked', () => {
  const election = new LeaderElection<Candidate>();
  const [a, b, c] = [new Candidate(), new Candidate(), new Candidate()] as const;
  for (const worker of [a, b, c]) expect(election.wanted(worker)).toBe(true);
  expect(election.leader).toBe(a);
  expect([a.leads, b.leads, c.leads]).toEqual([1, 0, 0]);
  expect(election.released(a)).toBe(true);
  expect(election.leader).toBe(b);
  election.workerGone(b);
  expect(election.leader).toBe(c);
  // It may ask again, and leads after those that asked before.
  election.wanted(a);
  election.released(c);
  expect([election.leader, a.leads]).toEqual([a, 2]);
});

test('A leader keeps the lead however it is until it is gone', () => {
  const election = new LeaderElection<Candidate>();
  const [old, young] = [new Candidate(0), new Candidate(1)] as const;
  election.wanted(old);
  election.wanted(young);
  for (const state of ['draining', 'terminating'] as const) {
    old.state = state;
    election.update();
    expect(election.leader).toBe(old);
  }
  election.workerGone(old);
  expect(election.leader).toBe(young);
});

test('The newest generation leads, and nobody who starts, waits for its slot, or goes away', () => {
  const election = new LeaderElection<Candidate>();
  const [starting, standby, leaving] = [
    new Candidate(2),
    new Candidate(2),
    new Candidate(0),
  ] as const;
  starting.state = 'starting';
  standby.inService = false;
  leaving.state = 'draining';
  for (const worker of [starting, standby, leaving]) election.wanted(worker);
  expect(election.leader).toBeUndefined();
  const [first, second] = [new Candidate(0), new Candidate(1)] as const;
  election.wanted(first);
  election.wanted(second);
  expect(election.leader).toBe(first);
  standby.inService = true;
  election.released(first);
  expect(election.leader).toBe(standby);
});

test('What cannot be is refused', () => {
  const election = new LeaderElection<Candidate>();
  const [leader, other] = [new Candidate(), new Candidate()] as const;
  election.wanted(leader);
  election.wanted(other);
  expect(election.wanted(leader)).toBe(false);
  expect(election.wanted(other)).toBe(false);
  expect(election.released(other)).toBe(false);
  expect(election.leader).toBe(leader);
});

test('Nobody begins to lead while the pool closes', () => {
  const election = new LeaderElection<Candidate>();
  const [leader, other] = [new Candidate(), new Candidate()] as const;
  election.wanted(leader);
  election.wanted(other);
  election.stop();
  election.released(leader);
  expect([election.leader, other.leads]).toEqual([undefined, 0]);
});
