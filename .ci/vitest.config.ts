import type { ViteUserConfig } from 'vitest/config';
// @boundaries-ignore: the settings of tests are the repository's
import base from '../vitest.base.ts';

// Nothing here is in src/ or test/: one set of files instead of the two that others have.
const { projects: _, ...settings } = base.test ?? {};
const config: ViteUserConfig = { test: { ...settings, include: ['*.test.ts'] } };

export default config;
