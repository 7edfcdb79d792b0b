import type { RolldownOptions } from 'rolldown';
// @boundaries-ignore: how packages are built is the repository's
import { bundle } from '../../rolldown.base.ts';

const config: RolldownOptions = bundle(['index', 'cli', 'main', 'output/worker-output-main'], {
  'worker-output': /src\/output\/(?:worker-output|log-format)\./,
  // What the command loads before it starts the first process.
  main: /src\/main\./,
});

export default config;
