import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Reads key and certificate from the folder that the handler module's URL names. */
export function readCertificate(moduleUrl: string): { key: Buffer; cert: Buffer } {
  const folder = new URL(moduleUrl).searchParams.get('tls') ?? '';
  return {
    key: readFileSync(join(folder, 'key.pem')),
    cert: readFileSync(join(folder, 'cert.pem')),
  };
}
