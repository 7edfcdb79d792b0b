import { COMMANDS, type Flag } from './commands.ts';
import { UsageError } from './exit-codes.ts';

const WIDTH = 26;

/** What `sockpool --help` prints. */
export function overview(): string {
  const commands = Object.entries(COMMANDS).map(([name, { summary, operands = '' }]) =>
    line(`${name} ${operands}`.trim(), summary),
  );
  return `sockpool serves any Node program on N processes or threads, and steers it.

Usage: sockpool COMMAND [flags]

${commands.join('\n')}
${line('--help, --version', '')}

Examples:
  npx sockpool serve server.js --workers auto --port 3000
  npx sockpool restart --canary
  npx sockpool top

sockpool COMMAND --help has the flags of each.
`;
}

/**
 * What `sockpool COMMAND --help` prints.
 *
 * @param name the command
 * @throws {UsageError} when there is none of that name
 */
export function helpFor(name: string): string {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    throw new UsageError(
      `Cannot help with ${name}: there is no such command; sockpool --help lists them`,
    );
  }
  const { summary, operands = '', flags, examples } = command;
  const listed = Object.entries(flags).map(([flag, about]) =>
    line(shown(flag, about), about.description),
  );
  return `${summary}

Usage: sockpool ${`${name} ${operands}`.trim()} [flags]

${listed.join('\n')}

Examples:
${examples.map((example) => `  ${example}`).join('\n')}
`;
}

function shown(name: string, { short, value }: Flag): string {
  const before = short === undefined ? '    ' : `-${short}, `;
  return `${before}--${name}${value === undefined ? '' : ` ${value}`}`;
}

function line(left: string, right: string): string {
  return `  ${left.padEnd(WIDTH)}${left.length >= WIDTH ? ' ' : ''}${right}`.trimEnd();
}
