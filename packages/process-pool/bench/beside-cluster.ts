import { benchBesideCluster, benchScaling, benchWorkers } from '@sockpool/pool-compliance/bench';

const pool = { name: 'ProcessPool', moduleUrl: import.meta.resolve('@sockpool/process-pool') };
await benchBesideCluster(pool);
await benchScaling(pool);
await benchWorkers(pool);
