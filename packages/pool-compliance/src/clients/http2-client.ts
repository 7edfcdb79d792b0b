import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { portAddress } from './port-address.ts';

/** An HTTP/2 session, as a client sees it. */
export class Http2Client {
  readonly session: http2.ClientHttp2Session;
  /** Resolves to the session's error, undefined if there was none, when it is gone. */
  readonly ended: Promise<string | undefined>;

  private constructor(session: http2.ClientHttp2Session) {
    this.session = session;
    let failure: string | undefined;
    session.on('error', (error) => (failure = error.message));
    this.ended = once(session, 'close').then(() => failure);
  }

  /** Opens a session, with TLS if a certificate is given; it goes with the test. */
  static async connect(
    address: AddressInfo | string | undefined,
    ca?: string,
  ): Promise<Http2Client> {
    const { port, address: host } = portAddress(address);
    const client = new Http2Client(
      ca === undefined
        ? http2.connect(`http://${host}:${port}`)
        : http2.connect(`https://${host}:${port}`, { ca, servername: 'localhost' }),
    );
    onTestFinished(() => client.session.destroy());
    await once(client.session, 'connect');
    return client;
  }

  /** Sends one request, and resolves to the body of its reply. */
  async request(path: string, body?: Buffer): Promise<Buffer> {
    const stream = this.session.request({
      ':path': path,
      ':method': body === undefined ? 'GET' : 'POST',
    });
    stream.end(body);
    return buffer(stream);
  }
}
