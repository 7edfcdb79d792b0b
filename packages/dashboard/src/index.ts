/**
 * Shows a running pool live on a web page, and steers it: workers, rates, latencies, restarts, events.
 *
 * @module
 */
export type { DashboardOptions } from './server/dashboard-options.ts';
export type {
  ConnectionLike,
  DashboardPool,
  PoolHealthLike,
  WorkerConnectionsLike,
} from './server/measured-pool.ts';
export { DashboardServer, serveDashboard } from './server/serve-dashboard.ts';
