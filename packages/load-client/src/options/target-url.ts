import type { LoadOptions } from './load-options.ts';

/** The part of the options that a URL says. */
export type UrlOptions = Pick<LoadOptions, 'host' | 'port' | 'path' | 'tls' | 'http' | 'websocket'>;

/** What people write that is not spoken here, and what it is called. */
const OTHERS: ReadonlyMap<string, string> = new Map([['udp:', 'UDP']]);

const PLAIN = ['http:', 'h2c:', 'ws:', 'tcp:'];
const SECURE = ['https:', 'h2:', 'wss:', 'tls:'];

const SCHEMES =
  "'http://host:port/path', 'https://…', 'h2://…' or 'h2c://…' (HTTP/2), 'ws://…', 'wss://…', 'tcp://host:port', 'tls://host:port' or 'unix:/path'";

function fail(url: string, reason: string): never {
  throw new TypeError(`Cannot put load on '${url}': ${reason}`);
}

/** Says which part makes a text no URL: the port, or the whole of it. */
function failUnparsed(text: string): never {
  const [, before = '', port = '', after = ''] =
    /^([a-z][a-z0-9+.-]*:\/\/(?:\[[^\]]*\]|[^/?#:]*)):([^/?#]*)(.*)$/is.exec(text) ?? [];
  if (URL.canParse(`${before}:1${after}`)) failPort(text, port);
  fail(text, `write a URL such as ${SCHEMES}`);
}

function failPort(text: string, port: string): never {
  fail(text, `the port must be a whole number, 1 to 65535, got '${port}'`);
}

/** Returns the path and query, in which placeholders stay what they are. */
function pathOf({ pathname, search }: URL): string {
  return `${pathname}${search}`.replaceAll(/%7B%7B(.*?)%7D%7D/g, '{{$1}}');
}

/**
 * Reads where the load goes, and what is spoken there, from a URL: `http://host:port/path` and
 * `https://…` send `GET` requests for the path, `h2://…` (TLS) and `h2c://…` do in HTTP/2, `ws://host:port/path` and `wss://…` send messages
 * over WebSocket, `tcp://host:port` and `tls://host:port` as they are, and so does
 * `unix:/path/of/a.sock`.
 *
 * @throws {TypeError} when it is no such URL
 */
export function parseTargetUrl(text: string): UrlOptions {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
    return path === '' ? fail(text, "name a path, such as 'unix:/run/a.sock'") : { path };
  }
  // 'localhost:80' would be read as the scheme 'localhost:'.
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null) failUnparsed(text);
  const other = OTHERS.get(url.protocol);
  if (other !== undefined) fail(text, `${other} is not spoken; write ${SCHEMES}`);
  if (![...PLAIN, ...SECURE].includes(url.protocol)) {
    fail(text, `'${url.protocol}//' is not known; write ${SCHEMES}`);
  }
  if (url.username !== '' || url.password !== '') {
    fail(text, "write names and passwords as a header field: --http-header 'Authorization: …'");
  }
  if (url.port === '0') failPort(text, url.port);
  const isHttp2 = /^h2c?:$/.test(url.protocol);
  const isHttp = isHttp2 || url.protocol.startsWith('http');
  const isWebSocket = url.protocol.startsWith('ws');
  const secure = SECURE.includes(url.protocol);
  const hasPath = isHttp || isWebSocket;
  if (!hasPath && url.port === '')
    fail(text, `name a port, such as '${url.protocol}//${url.hostname}:8080'`);
  if (!hasPath && (url.pathname.length > 1 || url.search !== '')) {
    fail(text, `${url.protocol.slice(0, -1)} has no paths`);
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    ...(secure ? { tls: true } : {}),
    ...(isHttp
      ? { http: { requests: [`GET ${pathOf(url)}`], ...(isHttp2 ? { version: '2' } : {}) } }
      : {}),
    ...(isWebSocket ? { websocket: { path: `${url.pathname}${url.search}` } } : {}),
  };
}
