import http from 'node:http';
import { setTimeout } from 'node:timers/promises';

const database = { connect: () => setTimeout(50) };

async function main() {
  await database.connect();
  http.createServer((request, response) => response.end('hello')).listen(3000);
}

main();
