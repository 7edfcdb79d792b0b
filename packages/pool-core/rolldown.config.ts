import type { RolldownOptions } from 'rolldown';
// @boundaries-ignore: how packages are built is the repository's
import { bundle } from '../../rolldown.base.ts';

const config: RolldownOptions = bundle(['index', 'pool', 'worker', 'stack-reader', 'launch'], {
  launch: /src\/launch\./,
  'worker-runtime': /src\/worker\./,
});

export default config;
