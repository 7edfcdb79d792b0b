// Copies the library that native/ has built into this package, on the platform that
// it is for; elsewhere there is nothing to copy and the package is not installed.
import { copyFileSync, mkdirSync } from 'node:fs';

const { platform, arch } = process;
const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };

if (platform === 'linux' && arch === 'x64' && report.header?.glibcVersionRuntime !== undefined) {
  mkdirSync(new URL('../build/', import.meta.url), { recursive: true });
  copyFileSync(
    new URL('../../../native/build/libctest.so', import.meta.url),
    new URL('../build/libctest.so', import.meta.url),
  );
}
