'use strict';

const http = require('http');

if (require.main === module) {
  http
    .createServer((req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/plain' });
      res.end('hello');
    })
    .listen(process.env.PORT || 3000);
}
