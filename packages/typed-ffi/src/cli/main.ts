#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

import { usageMessage } from '@sockpool/option-checks';
import { Command, CommanderError, InvalidArgumentError } from 'commander';

import { generateBindings, type GenerateOptions } from '../generator/bindings/generate-bindings.ts';
import { parseHints } from '../generator/mapping/hints.ts';
import { leftOutLine } from '../generator/bindings/left-out.ts';
import { formatHints, suggestHints } from '../generator/bindings/suggest-hints.ts';

interface HeaderFlags {
  readonly hints?: string;
  readonly include: readonly string[];
  readonly define: readonly string[];
  readonly std?: string;
  readonly before: readonly string[];
  readonly also: readonly string[];
  readonly functions?: RegExp;
}

interface GenerateFlags extends HeaderFlags {
  readonly out?: string;
  readonly name?: string;
  readonly offThread: readonly string[];
  readonly strict?: boolean;
}

/** Says what can't be done with a file, and why, in the system's words without its second path. */
function fileError(what: string, cause: unknown): Error {
  const reason = (cause as Error).message.replace(/, \w+ '.*'$/s, '');
  return new Error(`Cannot ${what}: ${reason}`, { cause });
}

function readHints(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw fileError(`read the hints '${file}'`, error);
  }
}

function writeOutput(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw fileError(`write '${file}'`, error);
  }
}

function optionsOf(flags: HeaderFlags): GenerateOptions {
  return {
    hints: flags.hints === undefined ? undefined : parseHints(readHints(flags.hints)),
    includeDirectories: flags.include,
    defines: flags.define,
    standard: flags.std,
    before: flags.before,
    also: flags.also,
    functions: flags.functions,
  };
}

const say = (line: string): void => {
  process.stderr.write(`sockpool-ffi: ${line}\n`);
};

function generate(header: string, flags: GenerateFlags): void {
  const { text, leftOut, summary, note } = generateBindings(header, {
    ...optionsOf(flags),
    name: flags.name,
    offThread: flags.offThread,
  });
  if (flags.out === undefined) process.stdout.write(text);
  else writeOutput(flags.out, text);
  for (const one of leftOut) say(`${basename(header)}: ${leftOutLine(one)}`);
  if (note !== '') say(`${basename(header)}: ${note}`);
  say(summary);
  const unwanted = leftOut.filter(({ kind }) => kind !== 'by a hint');
  if (flags.strict === true && unwanted.length > 0) process.exitCode = 1;
}

function hints(header: string, flags: HeaderFlags): void {
  process.stdout.write(formatHints(suggestHints(header, optionsOf(flags))));
}

const packageJson: unknown = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);
const version =
  typeof packageJson === 'object' && packageJson !== null && 'version' in packageJson
    ? String(packageJson.version)
    : '';

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new InvalidArgumentError(
      `a regular expression (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

/** Adds what both commands know of the header. */
function withHeaderOptions(command: Command): Command {
  return command
    .argument('<header>', 'a file, or a name that the C compiler finds, such as curl/curl.h')
    .option('--hints <file>', 'a JSON file that says what the header does not; see the README')
    .option('-I, --include <directory>', 'where to look for headers; may be repeated', collect, [])
    .option('-D, --define <macro>', 'a macro, such as LEVEL=2; may be repeated', collect, [])
    .option('--std <standard>', "the standard of C, such as c99 (default: the compiler's)")
    .option('--before <header>', 'a header to include first; may be repeated', collect, [])
    .option(
      '--also <pattern>',
      "included headers to take too, such as 'git2/*.h'; may be repeated",
      collect,
      [],
    )
    .option(
      '--functions <pattern>',
      'a regular expression: takes matching functions from all included files',
      pattern,
    )
    .exitOverride();
}

const program = new Command('sockpool-ffi')
  .description('Declare C libraries in TypeScript.')
  .version(version)
  .exitOverride()
  .configureOutput({
    outputError: (text, write) =>
      write(`sockpool-ffi: ${usageMessage(text, { help: 'sockpool-ffi --help' })}\n`),
  });

withHeaderOptions(program.command('generate'))
  .description('write the TypeScript declarations for a C header')
  .option('-o, --out <file>', 'where to write (default: standard output)')
  .option('--name <name>', 'the name of the interface (default: from the header)')
  .option('--off-thread <names...>', 'functions to declare off the main thread too', [])
  .option('--strict', 'exit with 1 when anything is left out, unless a hint says so')
  .action(generate);

withHeaderOptions(program.command('hints'))
  .description('write the hints that a header wants, to be completed where they have a ?')
  .action(hints);

try {
  program.parse();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(
      `sockpool-ffi: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = 1;
  }
}
