import type { RolldownOptions } from 'rolldown';
// @boundaries-ignore: how packages are built is the repository's
import { bundle, bundleBeside } from '../../rolldown.base.ts';

const config: RolldownOptions[] = [
  bundle(['index', 'closing', 'hosting', 'program/program-main', 'program/scout-main'], {
    hosting: /src\/hosting\./,
    index: /src\/(?:index\.|program\/(?:host-program|hosted-program)\.)/,
  }),
  // The command loads it before it starts the first process.
  bundleBeside(['program']),
];

export default config;
