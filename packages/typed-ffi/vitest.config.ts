import { fileURLToPath } from 'node:url';

import { defineConfig, mergeConfig, type ViteUserConfig } from 'vitest/config';

// @boundaries-ignore: the settings of tests are the repository's
import base from '../../vitest.base.ts';

/**
 * The tests start hundreds of processes from the same sources: the first one compiles
 * them, the others load what it has left.
 */
const config: ViteUserConfig = mergeConfig(
  base,
  defineConfig({
    test: {
      env: {
        NODE_COMPILE_CACHE: fileURLToPath(new URL('build/compile-cache/', import.meta.url)),
        NODE_NO_WARNINGS: '1',
      },
    },
  }),
);

export default config;
