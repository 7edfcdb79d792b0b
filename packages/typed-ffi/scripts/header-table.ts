// Prints the table of headers in docs/native-binding-generator.md: what the generator makes of each, beside what clang
// says that it declares. Wants Debian's clang and the -dev packages of the libraries; `--write`
// puts the table there. Run it as `node scripts/header-table.ts [--write] [header...]`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { inclusionOf, runCompiler } from '../src/compiler/compiler.ts';
import {
  analyzeHeader,
  generateBindings,
  type GenerateOptions,
} from '../src/generator/bindings/generate-bindings.ts';
import type { LeftOut } from '../src/generator/bindings/left-out.ts';
import { backendAvailability, BACKENDS } from '../src/index.ts';
import { askClang, hasClang } from './clang-oracle.ts';
import { lostIn } from './oracle-comparison.ts';
import { REAL_HEADERS, type RealHeader } from './real-headers.ts';

const folder = fileURLToPath(new URL('../build/headers/', import.meta.url));
const guide = fileURLToPath(new URL('../../../docs/native-binding-generator.md', import.meta.url));

interface Row {
  readonly header: string;
  readonly cells: readonly string[];
  readonly faults: readonly string[];
}

function typeChecks(file: string): string {
  const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');
  const flags =
    '--noEmit --strict --module nodenext --target es2024 --types node --isolatedDeclarations --declaration --skipLibCheck --ignoreConfig';
  return spawnSync(process.execPath, [tsc, ...flags.split(' '), file], { encoding: 'utf8' }).stdout;
}

/** Opens the library on a backend in a process of its own; returns what is wrong. */
function opens(file: string, open: string, real: RealHeader, backend: string): string {
  const program =
    `import { ${open} } from ${JSON.stringify(file)};` +
    `import { missingFrom } from '@sockpool/typed-ffi';` +
    `const options = { backend: '${backend}', missing: 'defer', unsupported: 'defer', deepBind: true };` +
    `process.stdout.write(String(missingFrom(${open}(${JSON.stringify(real.library)}, options)).length));`;
  const { stdout, stderr, status, signal } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program],
    { encoding: 'utf8', cwd: folder },
  );
  return status === 0
    ? stdout
    : `${backend}: ${signal ?? stderr.split('\n').slice(0, 8).join(' ')}`;
}

/** `37 variable arguments` by kind, for functions and structs. */
function reasons(leftOut: readonly LeftOut[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of leftOut) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}

function rowOf(real: RealHeader): Row {
  const { header, also, includeDirectories, defines } = real;
  const options: GenerateOptions = { compiler: 'clang', also, includeDirectories, defines };
  const { header: parsed, takes } = analyzeHeader(header, options);
  const generated = generateBindings(header, { ...options, name: 'Real' });
  const oracle = askClang(header, options, takes);
  const lost = lostIn(oracle, parsed, generated);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${header.replaceAll(/\W/g, '-')}.ts`);
  writeFileSync(file, generated.text);
  const wrong = typeChecks(file);
  const backends = BACKENDS.filter((name) => backendAvailability(name).available);
  const missing = backends.map((backend) => opens(file, 'openReal', real, backend));
  const failed = missing.filter((one) => !/^\d+$/.test(one));
  const { expressed, leftOut } = generated;
  const of = (what: LeftOut['what']): number => leftOut.filter((one) => one.what === what).length;
  const opened =
    failed.length > 0 ? 'no' : missing[0] === '0' ? 'yes' : `yes, without ${missing[0]}`;
  return {
    header,
    cells: [
      `${expressed.functions} of ${expressed.functions + of('function')}`,
      `${expressed.structs} of ${expressed.structs + of('struct')}`,
      String(expressed.constants),
      reasons(leftOut) || 'nothing',
      String(lost.length),
      wrong === '' ? 'yes' : 'no',
      opened,
    ],
    faults: [...lost.map((one) => `lost: ${one}`), ...failed, ...(wrong === '' ? [] : [wrong])],
  };
}

const [write, wanted] = [
  process.argv.includes('--write'),
  process.argv.slice(2).filter((one) => !one.startsWith('--')),
];
if (write && wanted.length > 0) {
  process.stderr.write('--write is for the whole table: name no header\n');
  process.exit(2);
}
if (!hasClang()) {
  process.stderr.write('There is no clang, which says what a header has (Debian: clang)\n');
  process.exit(1);
}
const rows: Row[] = [];
for (const real of REAL_HEADERS) {
  if (wanted.length > 0 && !wanted.includes(real.header)) continue;
  const found = runCompiler(real.header, inclusionOf(real.header, real), ['-E'], real);
  if (!found.ok) {
    process.stderr.write(`${real.header} is not there\n`);
    continue;
  }
  const row = rowOf(real);
  rows.push(row);
  for (const fault of row.faults) process.stderr.write(`${row.header}: ${fault}\n`);
}
const table = [
  '| Header | Functions | Structs | Constants | Left out | Lost | Type-checks | Opens |',
  '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ...rows.map(({ header, cells }) => `| \`${header}\` | ${cells.join(' | ')} |`),
].join('\n');
process.stdout.write(`${table}\n`);
if (write) {
  const text = readFileSync(guide, 'utf8');
  const marked = /(<!-- headers -->\n)[^]*?(<!-- \/headers -->)/;
  writeFileSync(guide, text.replace(marked, `$1\n${table}\n\n$2`));
}
if (rows.some(({ faults }) => faults.length > 0)) process.exitCode = 1;
