#!/usr/bin/env node
// An older Node lacks what the modules use, so they are loaded only where they run.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 12)) {
  const { main } = await import('./cli/main.ts');
  process.exitCode = await main(process.argv.slice(2));
} else {
  process.stderr.write(
    `sockpool-load: Cannot run on Node ${process.versions.node}: it needs Node 22.12 or later\n`,
  );
  process.exitCode = 1;
}
