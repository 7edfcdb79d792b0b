import type { Socket } from 'node:net';

/** Echoes each chunk in upper case: the least a server does, so that what is measured is the rest. */
export default function echo(connection: Socket): void {
  connection.on('data', (chunk) => {
    connection.write(chunk.toString('latin1').toUpperCase(), 'latin1');
  });
}
