import type { LoadOptions, NetworkConditions, ResolvedTarget } from '@sockpool/load-client';

/** What the thread of the clients does; it can be posted to it. */
export interface ClientPlan {
  readonly target: ResolvedTarget;
  /** How the network between the clients and the server is; null connects them directly. */
  readonly network: NetworkConditions | null;
  /** The load of the clients that keep their connections. */
  readonly held: LoadOptions;
  /** The load of those that open one for each request; null leaves them out. */
  readonly newConnections: LoadOptions | null;
}
