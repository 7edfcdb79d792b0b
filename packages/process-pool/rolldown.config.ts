import type { RolldownOptions } from 'rolldown';
// @boundaries-ignore: how packages are built is the repository's
import { bundle } from '../../rolldown.base.ts';

const config: RolldownOptions = bundle([
  'index',
  'first-worker',
  'worker-entry',
  'worker-main',
  'stack-main',
]);

export default config;
