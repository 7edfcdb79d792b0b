import type { RolldownOptions } from 'rolldown';
// @boundaries-ignore: how packages are built is the repository's
import { bundle, bundleBeside } from '../../rolldown.base.ts';

const config: RolldownOptions[] = [
  bundle(['index', 'pool', 'worker', 'stack-reader'], {
    // With what files that a worker loads later, by its options, would take from the primary's.
    worker: /src\/(?:worker\.|protocol\/requests\.|options\/listening\/tls-server\.)/,
  }),
  bundleBeside(['launch']),
];

export default config;
