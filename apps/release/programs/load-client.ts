import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
// @boundaries-ignore: the package comes packed, into a project of its own
import { type LoadResult, runLoad } from '@sockpool/load-client';

const manifest = fileURLToPath(import.meta.resolve('@sockpool/load-client/package.json'));
const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
const cli = fileURLToPath(new URL('./node_modules/.bin/sockpool-load', import.meta.url));
const run = promisify(execFile);

assert.equal((await run(cli, ['--version'])).stdout.trim(), version);

const server = net.createServer((connection) => {
  connection.setEncoding('utf8').on('data', (text: string) => {
    connection.write(text.toUpperCase());
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as net.AddressInfo;

const result: LoadResult = await runLoad({ port, connections: 3, requests: 4 });
assert.equal(result.requests.sent, 12);
assert.equal(result.requests.right, 12);
const threads = await runLoad({ port, connections: 4, threads: 2, requests: 1 });
assert.equal(threads.requests.right, 4);

const { stdout } = await run(cli, ['--port', String(port), '--requests', '2']);
assert.match(stdout, /2/);
server.close();
