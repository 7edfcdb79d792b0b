/**
 * The handler module of the demo's servers: the upper-case echo, which prints what
 * the notebook's services print.
 *
 * @module
 */
import { createEchoHandler, type EchoHandler, type Framing } from '@sockpool/echo-protocol';
import type { ConnectionContext, ConnectionHandler } from '@sockpool/process-pool';
import { peerName } from './python-style.ts';

/** What the service prints: each message, each connection, or nothing. */
export type EchoTalk = 'messages' | 'connections' | 'nothing';

/** The `workerData` of a pool that runs this module. */
export interface EchoServiceSettings {
  readonly framing: Framing;
  readonly talk: EchoTalk;
}

let echo: EchoHandler<ConnectionContext> | undefined;

const handler: ConnectionHandler = (connection, context) => {
  const { framing, talk } = context.workerData as EchoServiceSettings;
  if (talk === 'connections') {
    console.log(
      context.workerId,
      'serving',
      peerName(connection.remoteAddress, connection.remotePort),
    );
  }
  echo ??= createEcho(framing, talk);
  return echo(connection, context);
};

function createEcho(framing: Framing, talk: EchoTalk): EchoHandler<ConnectionContext> {
  if (talk === 'nothing') return createEchoHandler({ framing });
  return createEchoHandler<ConnectionContext>({
    framing,
    onMessage: (text, { context }) => {
      context?.countMessages();
      if (talk === 'messages') console.log(context?.workerId, 'serving', text);
    },
    onClose: ({ remoteAddress, remotePort }) =>
      console.log(peerName(remoteAddress, remotePort), ' closing'),
  });
}

export default handler;
