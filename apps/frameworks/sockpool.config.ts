import { defineConfig, type SockpoolConfig } from 'sockpool';

// A busy machine may take long to load Next.js.
const config: SockpoolConfig | (() => SockpoolConfig | Promise<SockpoolConfig>) = defineConfig({
  bootTimeoutMs: 60_000,
});
export default config;
