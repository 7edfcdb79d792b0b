import http from 'node:http';
import net from 'node:net';
import { expect, test } from 'vitest';
import { wantedListen } from './listen-arguments.ts';

const callback = (): undefined => undefined;
const { signal } = new AbortController();

test.each<[string, readonly unknown[], object]>([
  ['nothing', [], { port: 0, host: undefined }],
  ['a callback', [callback], { port: 0, host: undefined, callback }],
  ['null and a callback', [null, callback], { port: 0, host: undefined, callback }],
  ['a port', [3000], { port: 3000, host: undefined }],
  ['a port in digits', ['3000', callback], { port: 3000, host: undefined, callback }],
  ['a port and a host', [3000, 'localhost', 511], { port: 3000, host: 'localhost' }],
  ['a port and a backlog', [3000, 511, callback], { port: 3000, host: undefined, callback }],
  ['a path', ['/run/app.sock', callback], { path: '/run/app.sock', callback }],
  ['options', [{ port: 1, host: '::1', signal }], { port: 1, host: '::1', signal }],
  ['options with a path', [{ path: '/run/app.sock' }], { path: '/run/app.sock' }],
  ['options with an undefined port', [{ port: undefined }], { port: 0, host: undefined }],
])('wantedListen() takes %s as Node does', (_, args, wanted) => {
  const {
    callback: called,
    signal: ends,
    ...address
  } = { callback: undefined, signal: undefined, ...wanted } as Record<string, unknown>;
  expect(wantedListen(args)).toEqual({ address, callback: called, signal: ends });
});

test.each<[string, readonly unknown[]]>([
  ['a descriptor', [{ fd: 3 }]],
  ['another server', [http.createServer()]],
  ['a socket', [new net.Socket()]],
  ['a port out of bounds', [65_536]],
  ['a port out of bounds in digits', ['65536']],
  ['an empty string', ['']],
  ['a fraction', [{ port: 1.5 }]],
  ['no address', [{}]],
  ['no number', [{ port: true }]],
])('wantedListen() leaves %s to Node', (_, args) => {
  expect(wantedListen(args)).toBeUndefined();
});
