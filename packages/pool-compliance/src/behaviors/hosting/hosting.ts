import type { PoolKind } from '../../pool-under-test.ts';
import { describeHostedClosing } from './hosted-closing.ts';
import { describeHostedStreams } from './hosted-streams.ts';
import { describeHostedServers } from './hosted-servers.ts';

/** What a pool does with a server that `serverHandler` hosts. */
export function describeHosting(kind: PoolKind): void {
  describeHostedServers(kind);
  describeHostedClosing(kind);
  describeHostedStreams(kind);
}
