import { defineConfig } from 'sockpool';

// What differs from one place to another: who sends PROXY protocol headers, such as
// '10.0.0.0/8,127.0.0.1', and how long load balancers take to see that this server leaves.
const { PROXIES, READINESS_DELAY_MS = '0' } = process.env;

export default defineConfig({
  file: './server.js',
  name: 'shop',
  host: '0.0.0.0',
  port: 3000,
  healthHost: '0.0.0.0',
  metricsPort: 9464,
  bootTimeoutMs: 60_000,
  // A close takes the sum of these at most: whoever waits for it waits for longer.
  shutdown: {
    readinessDelayMs: Number(READINESS_DELAY_MS),
    graceMs: 20_000,
    terminateMs: 2_000,
    killMs: 2_000,
  },
  ...(PROXIES !== undefined && { proxyProtocol: { trusted: PROXIES.split(',') } }),
});
