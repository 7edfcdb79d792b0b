// A handler module as a user of the pools writes it, for the smoke programs beside it.
import type { Socket } from 'node:net';

export default function upperCase(connection: Socket): void {
  connection.setEncoding('utf8').on('data', (text: string) => {
    connection.write(text.toUpperCase());
  });
}
