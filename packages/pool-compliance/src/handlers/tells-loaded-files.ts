import type { ConnectionHandler } from '@sockpool/handler';
import { loadedFiles } from '../records-loaded-files.ts';

/** Tells, one a line, every file that its worker has loaded. */
const handler: ConnectionHandler = (connection) => {
  connection.end(loadedFiles().join('\n'));
};

export default handler;
