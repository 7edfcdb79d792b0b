import { expect, test } from 'vitest';
import { parseTargetUrl } from './target-url.ts';

test.each([
  ['http://a.test/x?y=1', { host: 'a.test', port: 80, http: { requests: ['GET /x?y=1'] } }],
  ['http://127.0.0.1:8080', { host: '127.0.0.1', port: 8080, http: { requests: ['GET /'] } }],
  ['https://[::1]/', { host: '::1', port: 443, tls: true, http: { requests: ['GET /'] } }],
  ['tcp://127.0.0.1:20446', { host: '127.0.0.1', port: 20446 }],
  ['tls://a.test:1', { host: 'a.test', port: 1, tls: true }],
  [
    'http://a.test/{{counter}}?x={{int:1..6}}',
    { host: 'a.test', port: 80, http: { requests: ['GET /{{counter}}?x={{int:1..6}}'] } },
  ],
  ['ws://a.test/c?x=1', { host: 'a.test', port: 80, websocket: { path: '/c?x=1' } }],
  ['wss://a.test', { host: 'a.test', port: 443, tls: true, websocket: { path: '/' } }],
  [
    'h2://a.test/x',
    { host: 'a.test', port: 443, tls: true, http: { requests: ['GET /x'], version: '2' } },
  ],
  ['h2c://a.test:81/', { host: 'a.test', port: 81, http: { requests: ['GET /'], version: '2' } }],
  ['unix:/run/a.sock', { path: '/run/a.sock' }],
  ['unix:///run/a.sock', { path: '/run/a.sock' }],
])('%s is understood', (url, options) => {
  expect(parseTargetUrl(url)).toEqual(options);
});

test.each([
  ['localhost:80', "write a URL such as 'http://host:port/path'"],
  ['http://', 'write a URL such as'],
  ['udp://a.test/', 'UDP is not spoken'],
  ['ftp://a.test/', "'ftp://' is not known"],
  ['tcp://a.test', "name a port, such as 'tcp://a.test:8080'"],
  ['tcp://a.test:1/x', 'tcp has no paths'],
  ['http://a.test:70000/x?y', "the port must be a whole number, 1 to 65535, got '70000'"],
  ['tcp://[::1]:0', "the port must be a whole number, 1 to 65535, got '0'"],
  ['h2c://a.test:eighty', "the port must be a whole number, 1 to 65535, got 'eighty'"],
  ['http://a b:70000/', 'write a URL such as'],
  ['http://me:secret@a.test/', 'as a header field'],
  ['unix:', 'name a path'],
])('%s is refused with what to write', (url, message) => {
  expect(() => parseTargetUrl(url)).toThrow(TypeError);
  expect(() => parseTargetUrl(url)).toThrow(message);
});
