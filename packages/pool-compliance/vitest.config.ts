import { defineConfig, mergeConfig, type ViteUserConfig } from 'vitest/config';
// @boundaries-ignore: the settings of tests are the repository's
import base from '../../vitest.base.ts';

// A worker in the tests' own process loads handler modules by Node itself, as any worker does.
const config: ViteUserConfig = mergeConfig(
  base,
  defineConfig({ test: { server: { deps: { external: [/\/pool-core\/dist\//] } } } }),
);

export default config;
