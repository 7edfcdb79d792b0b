import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { runCommand } from './command.ts';

/**
 * The registry that a rehearsal publishes to, installed when it is needed. One of its dependencies
 * asks for `node-fetch` by a tag, which a mirror of npm may lack.
 */
const VERDACCIO = {
  dependencies: { verdaccio: '6.10.4' },
  overrides: { 'node-fetch': '2.7.0' },
};

/** Verdaccio's command does not tell which port it was given. */
const START = `import { runServer } from 'verdaccio';
const server = await runServer(process.argv[2]);
server.listen(0, '127.0.0.1', () => console.log('listening on port', server.address().port));
`;

/** A registry on loopback that holds what is published to it and passes on what others ask of it. */
export class LocalRegistry implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #proxy: http.Server;
  /** Paths whose publication is refused. */
  readonly #refused = new Set<string>();
  #target = 0;

  private constructor(child: ChildProcess, proxy: http.Server) {
    this.#child = child;
    this.#proxy = proxy;
  }

  /**
   * Starts it.
   *
   * @param folder where it keeps its files
   * @param upstream the registry that has everybody else's packages
   */
  static async start(folder: string, upstream: string): Promise<LocalRegistry> {
    mkdirSync(folder, { recursive: true });
    const config = path.join(folder, 'config.yaml');
    writeFileSync(
      config,
      JSON.stringify({
        storage: path.join(folder, 'storage'),
        auth: { htpasswd: { file: path.join(folder, 'htpasswd') } },
        uplinks: { upstream: { url: upstream, timeout: '120s', maxage: '30m' } },
        packages: {
          '@sockpool/*': { access: '$all', publish: '$authenticated', unpublish: '$authenticated' },
          sockpool: { access: '$all', publish: '$authenticated', unpublish: '$authenticated' },
          '**': { access: '$all', proxy: 'upstream' },
        },
        max_body_size: '100mb',
        log: { type: 'stdout', format: 'json', level: 'warn' },
      }),
    );
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify(VERDACCIO));
    await runCommand('npm', ['install', '--no-audit', '--no-fund', '--omit=dev'], { cwd: folder });
    const program = path.join(folder, 'start.mjs');
    writeFileSync(program, START);
    // Whom npm trusts, such as a company's own registry, it trusts as well; without any npm says `null`.
    const cafile = (await runCommand('npm', ['config', 'get', 'cafile'], { cwd: folder })).trim();
    const child = spawn(process.execPath, [program, config], {
      env: { ...process.env, ...(path.isAbsolute(cafile) && { NODE_EXTRA_CA_CERTS: cafile }) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const proxy = http.createServer();
    const registry = new LocalRegistry(child, proxy);
    proxy.on('request', (request, response) => registry.#pass(request, response));
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    registry.#target = await portOf(child);
    return registry;
  }

  /** Its address, with a slash at its end. */
  get address(): string {
    return `http://127.0.0.1:${(this.#proxy.address() as AddressInfo).port}/`;
  }

  /** Makes a user, and returns the token that signs them in. */
  async addUser(name: string): Promise<string> {
    const response = await fetch(`${this.address}-/user/org.couchdb.user:${name}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, password: 'rehearsal' }),
    });
    const { token } = (await response.json()) as { readonly token?: string };
    if (token === undefined) throw new Error(`Cannot make a user: status ${response.status}`);
    return token;
  }

  /** Refuses the publication of a package from now on. */
  refuse(name: string): void {
    this.#refused.add(`/${name.replaceAll('/', '%2f')}`);
  }

  /** Takes every package again. */
  refuseNothing(): void {
    this.#refused.clear();
  }

  #pass(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'PUT' && this.#refused.has(pathname.toLowerCase())) {
      request.resume();
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: 'refused by the rehearsal' }));
      return;
    }
    const { method, url: target, headers } = request;
    const passed = http.request(
      { host: '127.0.0.1', port: this.#target, method, path: target, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  }

  /** Ends it, and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#proxy.closeAllConnections();
    this.#proxy.close();
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
  }
}

/** The port that Verdaccio says it listens on. */
async function portOf(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error('Cannot start the registry: its output is not read');
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    const port = /^listening on port (\d+)$/.exec(line)?.[1];
    if (port === undefined) continue;
    child.stdout.resume();
    return Number(port);
  }
  throw new Error(`Cannot start the registry:\n${lines.slice(-10).join('\n')}`);
}
