import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll } from 'vitest';

/** A certificate for `localhost`, and where a handler module finds it. */
export interface TestCertificate {
  /** The certificate, for clients to trust. */
  readonly ca: string;
  /** Key and certificate. */
  readonly identity: { readonly key: string; readonly cert: string };
  /** The folder of `key.pem` and `cert.pem`. */
  readonly folder: string;
}

/**
 * Makes a key and a self-signed certificate before the tests of a `describe` block.
 *
 * @param name the host that it is for
 * @returns gives it to a test
 */
export function certificateForTests(name = 'localhost'): () => TestCertificate {
  let certificate: TestCertificate | undefined;
  beforeAll(async () => {
    const { private: key, cert } = await generate(
      [{ name: 'commonName', value: `${name} ${randomUUID()}` }],
      {
        keyType: 'ec',
        extensions: [
          { name: 'basicConstraints', cA: true },
          { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
        ],
      },
    );
    const folder = await mkdtemp(join(tmpdir(), 'sockpool-tls-'));
    certificate = { ca: cert, identity: { key, cert }, folder };
    await writeFile(join(folder, 'key.pem'), key, { mode: 0o600 });
    await writeFile(join(folder, 'cert.pem'), cert);
  });
  afterAll(async () => {
    if (certificate !== undefined) await rm(certificate.folder, { recursive: true });
  });
  return () => {
    if (certificate === undefined)
      throw new TypeError(
        'Cannot give a certificate: it is made when the tests begin; ask for it inside of a test',
      );
    return certificate;
  };
}
