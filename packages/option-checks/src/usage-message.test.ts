import { parseArgs } from 'node:util';
import { expect, test } from 'vitest';
import { usageMessage } from './usage-message.ts';

const TERMS = { options: ['port', 'framing', 'quiet'], help: 'app --help' };

test.each([
  [
    "error: option '-p, --port <port>' argument 'x' is invalid. a whole number",
    "Option --port must be a whole number, got 'x'",
  ],
  [
    "error: option '--framing <name>' argument 'x' is invalid. Allowed choices are raw, line.",
    "Option --framing must be one of raw, line, got 'x'",
  ],
  [
    "error: option '-p, --port <port>' argument missing",
    'Option --port must have a value, got none',
  ],
  [
    "error: unknown option '--frammng'\n(Did you mean --framing?)",
    'Unknown option --frammng: did you mean --framing? See app --help',
  ],
  ["error: unknown option '--nonsense'", 'Unknown option --nonsense: see app --help'],
  [
    "error: unknown command 'srve'\n(Did you mean serve?)",
    'Unknown command srve: did you mean serve? See app --help',
  ],
  ["error: missing required argument 'url'", 'Cannot run: <url> is missing; see app --help'],
  [
    'error: too many arguments. Expected 1 argument but got 2: a, b.',
    'Cannot run: 2 arguments are given, 1 at most; see app --help',
  ],
  ['Something else\n of two lines', 'Something else of two lines'],
])('usageMessage() says %j in the grammar of all messages', (complaint, message) => {
  expect(usageMessage(complaint, TERMS)).toBe(message);
});

test.each([
  [['--prot', '1'], 'Unknown option --prot: did you mean --port? See app --help'],
  [['--nonsense'], 'Unknown option --nonsense: see app --help'],
  [['-x'], 'Unknown option -x: see app --help'],
  [['--port'], 'Option --port must have a value, got none'],
  [['-p'], 'Option --port must have a value, got none'],
  [['--port', '--quiet'], 'Option --port must have a value, got none'],
  [['--quiet=1'], 'Option --quiet must have no value'],
])('usageMessage() understands what this parseArgs() says of %j', (args, message) => {
  let complaint = '';
  try {
    parseArgs({
      args,
      options: { port: { type: 'string', short: 'p' }, quiet: { type: 'boolean' } },
    });
  } catch (error) {
    complaint = (error as Error).message;
  }
  expect(usageMessage(complaint, TERMS)).toBe(message);
});
