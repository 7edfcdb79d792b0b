/**
 * The demo's entry point. Checks the running Node before it loads anything that
 * needs a newer one.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if ((major === 24 && minor >= 20) || (major === 26 && minor >= 7) || major > 26) {
  const { runCommandLine } = await import('./command-line.ts');
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  process.exitCode = await runCommandLine(process.argv.slice(2), version);
} else {
  console.error(
    `error: the demo needs Node ^24.20.0 || >=26.7.0, but this is Node ${process.versions.node}; ` +
      'run it with `npx -y pnpm@12 demo`, which brings Node 26 along, or install a newer Node',
  );
  process.exitCode = 1;
}
