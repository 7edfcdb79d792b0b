import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';

const TYPES: Readonly<Record<string, string>> = Object.freeze({
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
});

/** Nothing but what this server has: no code in the page, no other host, no frame around it. */
const HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; " +
    "trusted-types 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-cache',
});

/** A file of the page. */
interface PageFile {
  readonly content: Buffer;
  readonly type: string;
  readonly tag: string;
}

/** The files of the page, each read when it is first asked for. There are no others. */
export class PageFiles {
  readonly #places = new Map<string, URL>();
  readonly #read = new Map<string, PageFile>();

  /** @throws {Error} when the page is not built */
  constructor() {
    const folder = new URL('../page/', import.meta.url);
    for (const name of readdirSync(folder)) {
      if (extname(name) in TYPES) this.#places.set(`/${name}`, new URL(name, folder));
    }
    this.#places.set('/', new URL('index.html', folder));
    const { resolve } = createRequire(import.meta.url);
    for (const [name, file] of [
      ['/uplot.js', 'uPlot.esm.js'],
      ['/uplot.css', 'uPlot.min.css'],
    ] as const) {
      this.#places.set(name, new URL(`file://${resolve(`uplot/dist/${file}`)}`));
    }
  }

  /**
   * Sends a file.
   *
   * @param pathname which
   * @param request for its conditions
   * @param response its answer, of which nothing is sent yet
   * @returns false when there is no such file
   */
  send(pathname: string, request: IncomingMessage, response: ServerResponse): boolean {
    const file = this.#file(pathname);
    if (file === undefined) return false;
    const { content, type, tag } = file;
    const headers = { ...HEADERS, etag: tag };
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304, headers).end();
      return true;
    }
    response
      .writeHead(200, { ...headers, 'content-type': type, 'content-length': content.length })
      .end(request.method === 'HEAD' ? undefined : content);
    return true;
  }

  #file(pathname: string): PageFile | undefined {
    const place = this.#places.get(pathname);
    const known = this.#read.get(pathname);
    if (place === undefined || known !== undefined) return known;
    const content = readFileSync(place);
    const type = TYPES[extname(place.pathname)] ?? 'application/octet-stream';
    const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
    const file = { content, type, tag };
    this.#read.set(pathname, file);
    return file;
  }
}
