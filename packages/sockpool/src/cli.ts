#!/usr/bin/env node
import { keepCompiled } from './cli/compile-cache.ts';

// An older Node lacks what the other modules import, so they are loaded only where they run.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if ((major === 24 && minor >= 20) || (major === 26 && minor >= 7) || major > 26) {
  // Before anything else is loaded.
  keepCompiled();
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2));
} else {
  process.stderr.write(
    `sockpool: Cannot run on Node ${process.versions.node}: it needs Node ^24.20.0 or >=26.7.0\n`,
  );
  process.exitCode = 1;
}
