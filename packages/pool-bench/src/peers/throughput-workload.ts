import { mainThreadSecondsOf } from '../process-usage.ts';
import { type ClientPlan, clientOf, load } from './load.ts';
import { MachineLoad } from './machine-load.ts';
import type { Task } from './peers.ts';
import type { Figure } from './results.ts';
import { check, scaled, WORKERS, type Workload } from './workload.ts';

const CPU: Figure = { key: 'cpuMicros', title: 'CPU per request', unit: 'µs', better: 'less' };
const RATE: Figure = { key: 'perSecond', title: 'requests a second', unit: '', better: 'more' };
/** What the model of capacity starts from. */
const MAIN: Figure = {
  key: 'mainMicros',
  title: "CPU of the program's main thread",
  unit: 'µs',
  better: 'less',
};
const CLIENT: Figure = {
  key: 'clientMicros',
  title: 'CPU of the clients',
  unit: 'µs',
  better: 'less',
};

/** How clients ask, and where the server runs. */
export interface Throughput {
  readonly name: string;
  readonly title: string;
  readonly baseline: string;
  readonly plan: ClientPlan;
  /** @default 2, on any CPU */
  readonly on?: { readonly workers: number; readonly serverCpu: number };
}

/** Clients that ask as fast as they are served: what a request costs, and how many there are a second. */
export function throughput({ name, title, baseline, plan, on }: Throughput): Workload {
  const task: Task = {
    app: plan.app,
    tls: plan.tls !== undefined,
    workers: on?.workers ?? WORKERS,
    ...(on !== undefined && { cpu: on.serverCpu }),
  };
  return {
    name,
    title,
    baseline,
    figures: [CPU, RATE, MAIN, CLIENT],
    suits: (peer) => peer.serves(task),
    client: async () => clientOf(plan),
    measure: async (peer, isQuick) => {
      await using running = await peer.start(task);
      const { server } = running;
      const requests = scaled(plan.requests, isQuick);
      await load(server.port, { ...plan, requests: Math.ceil(requests / 10) });
      const machine = new MachineLoad();
      const [before, mainBefore] = [server.usage(), mainThreadSecondsOf(server.pid)];
      const report = await load(server.port, { ...plan, requests });
      const cpuSeconds = server.usage().cpuSeconds - before.cpuSeconds;
      const mainSeconds = mainThreadSecondsOf(server.pid) - mainBefore;
      check(report, requests);
      return {
        figures: {
          cpuMicros: (cpuSeconds * 1e6) / requests,
          perSecond: requests / report.seconds,
          mainMicros: (mainSeconds * 1e6) / requests,
          clientMicros: (report.cpuSeconds * 1e6) / requests,
        },
        otherLoad: machine.others(cpuSeconds + report.cpuSeconds),
        clientLoad: report.cpuSeconds / report.seconds,
      };
    },
  };
}
