import http from 'node:http';

http.createServer((request, response) => response.end('hello')).listen(3000);
process.on('SIGTERM', () => process.exit(0));
process.on('SIGINT', () => process.exit(1));
