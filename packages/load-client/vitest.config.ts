import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import base from '../../vitest.base.ts';

// These tests measure: files that run at the same time would measure each other.
const config: ViteUserConfig = mergeConfig(base, { test: { fileParallelism: false } });

export default config;
