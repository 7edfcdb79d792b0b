import type { RolldownOptions } from 'rolldown';
// @boundaries-ignore: how packages are built is the repository's
import { bundle } from '../../rolldown.base.ts';

const config: RolldownOptions = bundle(
  ['index', 'closing', 'hosting', 'program', 'program/program-main', 'program/scout-main'],
  {
    'program-handler': /src\/program\/program-handler\./,
    'worker-contexts': /src\/(?:hosting\/|contract\/|messages\/|hosting\.)/,
    'run-program': /src\/program\/(?:host-program|hosted-program)\./,
  },
);

export default config;
