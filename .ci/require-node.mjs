// Stops with one clear line when the running Node is too old for the pools.
// Plain JavaScript in old syntax, since it must run on the Node it complains about.
const [major, minor] = process.versions.node.split('.').map(Number);
const supported = (major === 24 && minor >= 20) || (major === 26 && minor >= 7) || major > 26;

if (!supported) {
  console.error(
    `sockpool needs Node ^24.20.0 || >=26.7.0, but this is Node ${process.versions.node}. ` +
      'Run `npx -y pnpm@12 install` (it brings Node 26 along for the scripts), or install a newer Node.',
  );
  process.exit(1);
}
