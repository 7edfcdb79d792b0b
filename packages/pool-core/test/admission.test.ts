import net from 'node:net';
import { encodeProxyHeader } from '@sockpool/proxy-protocol';
import { expect, onTestFinished, test } from 'vitest';
import { Admission } from '../src/worker/admission.ts';
import { resolveAdmissionOptions } from '../src/options/admission-options.ts';
import type { WorkerMessage } from '../src/protocol/messages.ts';
import { until } from './fixtures/memory-worker.ts';

const HEADER = encodeProxyHeader({
  version: 2,
  source: { address: '192.0.2.1', port: 5_000 },
  destination: { address: '203.0.113.9', port: 443 },
});

/** Opens an admission that reads headers and asks the primary for a permit for each client's address. */
async function openAdmission() {
  const options = resolveAdmissionOptions({
    protection: { maxConnectionsPerAddress: 1 },
    proxyProtocol: { trusted: ['127.0.0.1'] },
  });
  if (options === undefined) throw new TypeError('There are options');
  const sent: WorkerMessage[] = [];
  const admission = await Admission.open(options, {
    refused: () => undefined,
    handshaken: () => undefined,
    socketError: () => undefined,
    send: (message) => void sent.push(message),
  });
  const requestId = (): number => {
    const request = sent.find(({ type }) => type === 'takeAddressPermit');
    if (request?.type !== 'takeAddressPermit') throw new TypeError('Nobody asked for a slot');
    return request.requestId;
  };
  return { admission, sent, requestId };
}

/** A connection of the load balancer's of which these bytes and their end have come already. */
function connectionWith(...chunks: readonly Buffer[]): net.Socket {
  // Half open, since Node ends others by itself.
  const connection = new net.Socket({ allowHalfOpen: true });
  onTestFinished(() => void connection.destroy());
  Object.defineProperty(connection, 'remoteAddress', { value: '127.0.0.1', configurable: true });
  for (const chunk of chunks) connection.push(chunk);
  connection.push(null);
  return connection;
}

test('A client that sends nothing but its header and an end is ended by the admission: no handler could hear of it', async () => {
  const { admission, sent, requestId } = await openAdmission();
  const connection = connectionWith(HEADER);
  const admitted = admission.admit(connection);
  await until(() => sent.length > 0);
  await until(() => connection.readableEnded);
  admission.permits?.answer(requestId(), '192.0.2.1');
  expect(await admitted).toBeUndefined();
  expect(connection.writableEnded).toBe(true);
  expect(connection.destroyed).toBe(false);
});

test('A client that sends something between its header and its end is for the handler', async () => {
  const { admission, sent, requestId } = await openAdmission();
  const connection = connectionWith(HEADER, Buffer.from('hello'));
  const admitted = admission.admit(connection);
  await until(() => sent.length > 0);
  admission.permits?.answer(requestId(), '192.0.2.1');
  expect(await admitted).toBe(connection);
  expect(connection.writableEnded).toBe(false);
  expect(String(connection.read())).toBe('hello');
});

test('A client that finds no slot is destroyed, and told of with its own address', async () => {
  const { admission, sent, requestId } = await openAdmission();
  const connection = connectionWith(HEADER, Buffer.from('hello'));
  const admitted = admission.admit(connection);
  await until(() => sent.length > 0);
  admission.permits?.answer(requestId(), undefined);
  expect(await admitted).toBeUndefined();
  expect(connection.destroyed).toBe(true);
  admission.flush();
  expect(sent.find(({ type }) => type === 'connectionsRefused')).toMatchObject({
    refused: [{ reason: 'addressLimit', remoteAddress: '192.0.2.1', connections: 1 }],
  });
});
