import { MachineLoad } from './machine-load.ts';
import type { Peer } from './peers.ts';
import { scaled, type Workload } from './workload.ts';

/** Whether more workers of it are more processes or threads, and it tells when all listen. */
const hasWorkers = (peer: Peer): boolean =>
  peer.single === undefined && peer.tellsAll && peer.name !== 'go';

/** Starts a server, and tells what it took. */
async function starting(peer: Peer, workers: number) {
  const machine = new MachineLoad();
  const ownBefore = process.cpuUsage();
  await using running = await peer.start({ app: 'echo', tls: false, workers });
  const { user, system } = process.cpuUsage(ownBefore);
  const { cpuSeconds } = running.server.usage();
  return {
    bytes: running.server.memoryBytes(),
    startMs: running.server.startMs,
    cpuSeconds,
    otherLoad: machine.others(cpuSeconds + (user + system) / 1e6),
  };
}

/** What one worker more takes. */
export const WORKER: Workload = {
  name: 'worker',
  title: 'One worker more: 5 beside 1',
  baseline: 'cluster',
  figures: [
    { key: 'mebibytes', title: 'memory (PSS)', unit: 'MiB', better: 'less' },
    { key: 'startMs', title: 'start', unit: 'ms', better: 'less' },
  ],
  suits: hasWorkers,
  client: async () => 'none',
  measure: async (peer) => {
    const few = await starting(peer, 1);
    const many = await starting(peer, 5);
    return {
      figures: {
        mebibytes: (many.bytes - few.bytes) / 4 / 2 ** 20,
        startMs: (many.startMs - few.startMs) / 4,
      },
      otherLoad: Math.max(few.otherLoad, many.otherLoad),
      clientLoad: 0,
    };
  },
};

/** How long many workers take to start. */
export const START: Workload = {
  name: 'start',
  title: 'Start of 64 workers, until all listen',
  baseline: 'fork',
  figures: [
    { key: 'startMs', title: 'start', unit: 'ms', better: 'less' },
    { key: 'cpuSeconds', title: 'CPU', unit: 's', better: 'less' },
  ],
  suits: hasWorkers,
  client: async () => 'none',
  measure: async (peer, isQuick) => {
    const { startMs, cpuSeconds, otherLoad } = await starting(peer, scaled(64, isQuick));
    return { figures: { startMs, cpuSeconds }, otherLoad, clientLoad: 0 };
  },
};
