import { mergeConfig, type ViteUserConfig } from 'vitest/config';
// @boundaries-ignore: the settings of tests are the repository's
import base from '../vitest.base.ts';

// Dot folders are outside the base's include patterns, and nothing here is in src/ or test/.
const config: ViteUserConfig = mergeConfig(base, { test: { include: ['*.test.ts'] } });

export default config;
