import { mergeConfig } from 'vitest/config';
import base from '../../vitest.base.ts';

// These tests measure: files that run at the same time would measure each other.
export default mergeConfig(base, { test: { fileParallelism: false } });
