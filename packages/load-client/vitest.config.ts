import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import base from '../../vitest.base.ts';

// These tests measure: files that run at the same time would measure each other. And a machine
// that is starved for seconds makes a right measurement miss its figures, so a failed test
// is tried again; a defect fails each time.
const config: ViteUserConfig = mergeConfig(base, { test: { fileParallelism: false, retry: 2 } });

export default config;
