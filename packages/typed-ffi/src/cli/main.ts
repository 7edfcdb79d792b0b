#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs';

import { Command, CommanderError } from 'commander';

import { generateBindings } from '../generator/generate-bindings.ts';
import { parseHints } from '../generator/hints.ts';

interface GenerateFlags {
  readonly out?: string;
  readonly name?: string;
  readonly hints?: string;
  readonly include: readonly string[];
  readonly functions?: string;
  readonly offThread: readonly string[];
}

function generate(header: string, flags: GenerateFlags): void {
  const text = generateBindings(header, {
    name: flags.name,
    hints: flags.hints === undefined ? undefined : parseHints(readFileSync(flags.hints, 'utf8')),
    includeDirectories: flags.include,
    functions: flags.functions === undefined ? undefined : new RegExp(flags.functions),
    offThread: flags.offThread,
  });
  if (flags.out === undefined) process.stdout.write(text);
  else writeFileSync(flags.out, text);
}

const packageJson: unknown = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);
const version =
  typeof packageJson === 'object' && packageJson !== null && 'version' in packageJson
    ? String(packageJson.version)
    : '';

const program = new Command('sockpool-ffi')
  .description('Declare C libraries in TypeScript.')
  .version(version)
  .exitOverride();

program
  .command('generate')
  .description('write the TypeScript declarations for a C header')
  .argument('<header>', 'the header to read')
  .option('-o, --out <file>', 'where to write (default: standard output)')
  .option('--name <name>', 'the name of the interface (default: from the header)')
  .option(
    '--hints <file>',
    'a JSON file that says what the header does not: lengths, out-parameters',
  )
  .option('-I, --include <directories...>', 'where to look for included headers', [])
  .option(
    '--functions <pattern>',
    'a regular expression: takes matching functions from all included files',
  )
  .option('--off-thread <names...>', 'functions to declare off the main thread too', [])
  .action(generate)
  .exitOverride();

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
