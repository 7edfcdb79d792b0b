import type { WorkerRow } from '../wire.ts';
import type { Access } from './access.ts';
import { element } from './dom.ts';
import { field, showDialog, showText } from './dialog.ts';
import { bytes } from './format.ts';

/**
 * Shows what a worker does at this moment.
 *
 * @param access has the token
 * @param worker which
 */
export async function showStack(access: Access, worker: WorkerRow): Promise<void> {
  const { workerId, nativeId } = worker;
  const title = `Stack of worker ${workerId}, id ${nativeId}`;
  let text: string;
  try {
    text = await (await access.request(`workers/${workerId}/stack?nativeId=${nativeId}`)).text();
  } catch (error) {
    text = `It cannot be had: ${error instanceof Error ? error.message : String(error)}`;
  }
  showText(title, text);
}

/**
 * Takes a CPU profile of a worker, and saves it.
 *
 * @param access has the token
 * @param worker which
 */
export function takeProfile(access: Access, { workerId, nativeId }: WorkerRow): void {
  showDialog({
    title: `CPU profile of worker ${workerId}`,
    text: 'It is saved as a file for Chrome’s DevTools or VS Code. The worker serves on meanwhile.',
    fields: [
      field('For how many seconds', {
        type: 'number',
        name: 'seconds',
        min: 0.1,
        max: 300,
        step: 'any',
        value: 5,
        required: true,
      }),
    ],
    action: 'Take it',
    run: (form) => {
      const durationMs = Math.round(Number(form.get('seconds')) * 1_000);
      const path = `workers/${workerId}/profile?nativeId=${nativeId}&durationMs=${durationMs}`;
      return save(access, path, `worker-${workerId}-${nativeId}.cpuprofile`);
    },
  });
}

/**
 * Takes a heap snapshot of a worker, and saves it.
 *
 * @param access has the token
 * @param worker which
 */
export function takeHeap(access: Access, worker: WorkerRow): void {
  const { workerId, nativeId, heapUsedBytes } = worker;
  showDialog({
    title: `Heap snapshot of worker ${workerId}`,
    text: `It is saved as a file for Chrome’s DevTools, with all that the worker has in its memory. The worker stands still meanwhile; its heap is ${bytes(heapUsedBytes)}.`,
    action: 'Take it',
    danger: true,
    run: () =>
      save(
        access,
        `workers/${workerId}/heap?nativeId=${nativeId}`,
        `worker-${workerId}-${nativeId}.heapsnapshot`,
      ),
  });
}

/** By a link to what is in memory: an address with the token in it would be in the history. */
async function save(access: Access, path: string, name: string): Promise<string> {
  const blob = await (await access.request(path)).blob();
  const url = URL.createObjectURL(blob);
  element('a', { href: url, download: name }).click();
  // The browser has begun to save it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return `Saved as ${name}, ${bytes(blob.size)}.`;
}
