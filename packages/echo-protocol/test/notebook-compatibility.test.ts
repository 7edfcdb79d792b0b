import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import readline from 'node:readline';
import { describe, expect, test } from 'vitest';
import { createEchoHandler } from '../src/echo/echo-handler.ts';
import { echoReply } from '../src/echo/echo-replies.ts';
import { encodeMessage } from '../src/framing/encode-message.ts';
import { createReplyDecoder } from '../src/framing/reply-decoder.ts';
import { connect, serve } from './fixtures/echo-server.ts';
import { pythonProgram, withoutPython } from './fixtures/python.ts';

const MESSAGES = ['hello', 'bye', 'why', 'yes', 'no', 'maybe', 'are you sure', 'why not?'];
const skipped = withoutPython === undefined ? '' : ` (skipped: ${withoutPython})`;

function runPython(program: string, ...args: string[]): ChildProcess {
  return spawn('python3', [pythonProgram(program), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONUTF8: '1' },
  });
}

async function linesOf(program: ChildProcess): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readline.createInterface({ input: program.stdout! })) lines.push(line);
  return lines;
}

describe.skipIf(withoutPython !== undefined)(`The notebook's programs${skipped}`, () => {
  test('the notebook client gets its replies from createEchoHandler()', async () => {
    const served: string[] = [];
    const handler = createEchoHandler({
      onMessage: (text) => served.push(text),
      onClose: ({ remoteAddress }) => served.push(`${remoteAddress} closing`),
    });
    await using server = await serve(handler);
    const messages = [...MESSAGES, 'trailing blanks \n', 'straße', 'günaydın'];
    const client = runPython('notebook_client.py', String(server.port), ...messages);
    const replies = await linesOf(client);
    expect(client.exitCode ?? (await once(client, 'exit'))[0]).toBe(0);
    expect(replies).toEqual([
      ...MESSAGES.map((message) => message.toUpperCase()),
      'TRAILING BLANKS',
      'STRASSE',
      'GÜNAYDIN',
    ]);
    await server.served[0];
    expect(served).toEqual([...messages.map((message) => message.trimEnd()), '127.0.0.1 closing']);
  });

  test('thirty notebook clients at once each get their replies', async () => {
    await using server = await serve(createEchoHandler());
    const outputs = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const client = runPython(
          'notebook_client.py',
          String(server.port),
          `client ${index}`,
          'bye',
        );
        return linesOf(client);
      }),
    );
    expect(outputs).toEqual(outputs.map((_, index) => [`CLIENT ${index}`, 'BYE']));
  });

  test('the notebook service gives the replies that echoReply() says', async () => {
    const service = runPython('notebook_service.py');
    const printed = readline.createInterface({ input: service.stdout! })[Symbol.asyncIterator]();
    try {
      const client = await connect(Number((await printed.next()).value));
      const decoder = createReplyDecoder('raw');
      for (const message of [...MESSAGES, 'trailing blanks \n', 'straße', 'x'.repeat(1_000)]) {
        const expected = echoReply('raw', message);
        decoder.expect(expected.length);
        client.write(encodeMessage('raw', message));
        const replies: Buffer[] = [];
        while (replies.length === 0) {
          const [chunk] = (await once(client, 'data')) as [Buffer];
          replies.push(...decoder.push(chunk));
        }
        expect(replies).toEqual([expected]);
        expect((await printed.next()).value).toBe(`serving ${message.trimEnd()}`);
      }
      client.end();
      decoder.end();
      expect((await printed.next()).value).toBe('closing');
      client.destroy();
    } finally {
      service.kill();
      await once(service, 'exit');
    }
  });
});
