import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import base from '../vitest.base.ts';

// Dot folders are outside the base's include patterns, and nothing here is in src/ or test/.
const config: ViteUserConfig = mergeConfig(base, { test: { include: ['*.test.ts'] } });

export default config;
