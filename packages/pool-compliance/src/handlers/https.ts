import https from 'node:https';
import { type ConnectionHandler, serverHandler } from '@sockpool/worker-supervisor';
import { httpApp } from './http-app.ts';

let hosted: ConnectionHandler | undefined;

/** Key and certificate come as the pool's `workerData`. */
const handler: ConnectionHandler = (connection, context) => {
  hosted ??= serverHandler(
    https.createServer(
      context.workerData as { key: string; cert: string },
      (request, response) => void httpApp(request, response),
    ),
  );
  return hosted(connection, context);
};

export default handler;
