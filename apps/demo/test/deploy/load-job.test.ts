import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, type TestContext } from 'vitest';
import { DEPLOY, folderWith } from './deploy-files.ts';

const KUBECTL = fileURLToPath(new URL('../fixtures/kubectl.ts', import.meta.url));

const GUIDE = readFileSync(
  new URL('../../../../docs/past-one-machine.md', import.meta.url),
  'utf8',
);

/** The guide's line, which runs in the folder of put-load.ts there, and for a minute. */
const [, LINE = ''] = /^```sh\n(TARGET=.* node .*\/put-load\.ts)\n/m.exec(GUIDE) ?? [];

/** Runs put-load.ts as the guide does, against a server that answers with a status. */
async function putLoad(status: number, { onTestFinished }: TestContext) {
  const server = http.createServer((_, response) => response.writeHead(status).end('open'));
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const folder = await folderWith({}, onTestFinished);
  writeFileSync(
    path.join(folder, 'kubectl'),
    `#!/bin/sh\nexec '${process.execPath}' '${KUBECTL}' "$@"\n`,
  );
  chmodSync(path.join(folder, 'kubectl'), 0o755);
  symlinkSync(path.join(DEPLOY, '../node_modules'), path.join(folder, 'node_modules'));
  const env = {
    ...process.env,
    PATH: `${folder}${path.delimiter}${process.env['PATH']}`,
    KUBECTL_STATE: folder,
    PODS_RUN_IN: folder,
    // Three programs have to be up by then, on a busy machine too.
    START_IN: '20',
  };
  const line = LINE.replace('http://shop/', `http://127.0.0.1:${portOf(server)}/`)
    .replace('DURATION=60s', 'DURATION=1s')
    .replace(' node ', ` '${process.execPath}' '${DEPLOY}'/`);
  const child = execFile('sh', ['-c', line], { cwd: folder, env });
  let told = '';
  child.stderr?.on('data', (chunk: string) => {
    told += chunk;
  });
  await once(child, 'close');
  return { code: child.exitCode, told, folder };
}

const portOf = (server: http.Server): number => (server.address() as AddressInfo).port;

function resultIn(folder: string, name: string) {
  return JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
}

test.concurrent('put-load.ts puts load from three pods at once, and merges what they measure', async (context) => {
  const { code, told, folder } = await putLoad(200, context);
  expect([code, told]).toEqual([0, '']);
  const pods = [0, 1, 2].map((index) => resultIn(folder, `load-${index}.json`));
  const merged = resultIn(folder, 'load.json');
  expect(merged).toMatchObject({ machines: 3, requests: { failed: 0, unanswered: 0 } });
  const sum = pods.reduce((total, { requests }) => total + requests.right, 0);
  expect(sum).toBeGreaterThan(0);
  expect(merged.requests.right).toBe(sum);
  expect(new Set(pods.map(({ settings }) => settings.seed)).size).toBe(3);
  expect(existsSync(path.join(folder, 'load.html'))).toBe(true);
});

test.concurrent('put-load.ts merges what failed too, and exits with 1', async (context) => {
  const { code, told, folder } = await putLoad(500, context);
  expect([code, told]).toEqual([1, expect.stringContaining('A pod has failed: kubectl describe')]);
  expect(resultIn(folder, 'load.json')).toMatchObject({ machines: 3, requests: { right: 0 } });
});
