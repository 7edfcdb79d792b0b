import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** Makes an order to die for the handler `dies-when-told`, which ends with the test. */
export function deathOrder(): {
  /** For the pool's `workerData`. */
  readonly path: string;
  /** From now on its workers die. */
  readonly give: () => void;
} {
  const folder = mkdtempSync(path.join(tmpdir(), 'sockpool-order-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const order = path.join(folder, 'die');
  return { path: order, give: () => writeFileSync(order, '') };
}
