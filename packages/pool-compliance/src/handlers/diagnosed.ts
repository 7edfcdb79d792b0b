import { subscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import type { ConnectionDiagnostics, ConnectionHandler } from '@sockpool/pool-core';

/** What has been published, without what cannot be told by text. */
const heard: object[] = [];
subscribe('sockpool:connection', (message) => {
  const told = message as ConnectionDiagnostics;
  if (told.event === 'shed') return;
  const { workerId, generation, event } = told;
  heard.push(
    told.event === 'refused'
      ? { event, workerId, generation, reason: told.reason, remoteAddress: told.remoteAddress }
      : {
          event,
          workerId,
          generation,
          connectionId: told.connectionId,
          socket: told.connection instanceof Socket,
          ...(told.event === 'close' && { timed: told.openForMs >= 0 }),
        },
  );
});

/** Answers each line with what its worker has published of its connections so far. */
const handler: ConnectionHandler = (connection) => {
  connection.on('data', () => connection.write(`${JSON.stringify(heard)}\n`));
};

export default handler;
