'use strict';
var __importDefault =
  (this && this.__importDefault) ||
  function (mod) {
    return mod && mod.__esModule ? mod : { default: mod };
  };
Object.defineProperty(exports, '__esModule', { value: true });
const node_http_1 = __importDefault(require('node:http'));
const server = node_http_1.default.createServer((_request, response) => {
  response.end('hello');
});
server.listen('3000', '127.0.0.1');
exports.default = server;
