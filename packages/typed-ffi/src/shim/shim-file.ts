import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The machines that the shim is written for; other ones do without what needs it. */
const ARCHITECTURES: ReadonlySet<string> = new Set(['arm64', 'x64']);

/** Returns the path of the shim for this machine, if there is one. */
export function shimFile(): string | undefined {
  const { arch, platform } = process;
  if (!ARCHITECTURES.has(arch)) return undefined;
  if (platform !== 'darwin' && platform !== 'linux') return undefined;
  const name = `${platform}-${arch}.${platform === 'darwin' ? 'dylib' : 'so'}`;
  const file = fileURLToPath(new URL(`../../shim/${name}`, import.meta.url));
  return existsSync(file) ? file : undefined;
}
