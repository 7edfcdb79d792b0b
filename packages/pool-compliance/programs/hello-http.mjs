import http from 'node:http';

const server = http.createServer((request, response) => response.end('hello'));
server.listen(Number(process.env.PORT ?? 3000), () => console.log(server.address()));
