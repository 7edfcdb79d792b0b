import { defineConfig, mergeConfig, type ViteUserConfig } from 'vitest/config';

// @boundaries-ignore: the settings of tests are the repository's
import base from '../../vitest.base.ts';

const config: ViteUserConfig = mergeConfig(
  base,
  defineConfig({
    test: {
      env: { NODE_NO_WARNINGS: '1' },
    },
  }),
);

export default config;
