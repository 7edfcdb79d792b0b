import type { RolldownOptions } from 'rolldown';
// @boundaries-ignore: how packages are built is the repository's
import { bundle, bundleBeside } from '../../rolldown.base.ts';

const config: RolldownOptions[] = [
  // What the command loads before it starts the first process is in one file.
  bundle(['index', 'cli', 'main'], { main: /src\/main\./ }),
  bundleBeside(['output/worker-output-main']),
];

export default config;
