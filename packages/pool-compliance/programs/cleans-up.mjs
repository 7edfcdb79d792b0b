import { appendFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout } from 'node:timers/promises';

const server = http.createServer((request, response) => response.end('hello'));
server.listen(3000);

const log = (line) => appendFileSync(new URL('./cleaned-up.log', import.meta.url), `${line}\n`);

process.once('SIGTERM', (signal) => {
  log(signal);
  server.close(async (error) => {
    await setTimeout(20);
    log(error ?? 'closed');
    process.exit();
  });
  server.closeIdleConnections();
});
