import type { RolldownOptions } from 'rolldown';
// @boundaries-ignore: how packages are built is the repository's
import { bundle, bundleBeside, bundleScript } from '../../rolldown.base.ts';

const config: RolldownOptions[] = [
  bundle(['index', 'first-worker'], { 'first-worker': /src\/first-worker\./ }),
  bundleBeside(['worker-entry', 'worker-main']),
  bundleScript('stack-main'),
];

export default config;
