import type { RolldownOptions } from 'rolldown';
// @boundaries-ignore: how packages are built is the repository's
import { bundle, bundleBeside } from '../../rolldown.base.ts';

const config: RolldownOptions[] = [bundle(['index']), bundleBeside(['worker-main', 'copies-main'])];

export default config;
