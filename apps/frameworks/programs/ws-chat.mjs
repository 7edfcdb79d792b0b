import net from 'node:net';
import { WebSocketServer } from 'ws';

const wss = new WebSocketServer({ port: Number(process.env.PORT ?? 8080) });

// What is said is kept by the broker, which tells every process of it.
const said = [];
const broker = net.connect(Number(process.env.BROKER_PORT), '127.0.0.1').setEncoding('utf8');
let rest = '';
broker.on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    said.push(line);
    for (const client of wss.clients) {
      if (client.readyState === client.OPEN) client.send(line);
    }
  }
});

wss.on('connection', (ws, request) => {
  ws.on('error', console.error);
  ws.on('message', (message) => broker.write(`${message}\n`));
  const known = Number(new URL(request.url, 'ws://chat').searchParams.get('known'));
  for (const line of said.slice(known)) ws.send(line);
});
