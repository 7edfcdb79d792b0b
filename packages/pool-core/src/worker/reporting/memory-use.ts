import { getHeapStatistics } from 'node:v8';

/** How much memory a worker takes. */
export interface MemoryUse {
  readonly heapUsedBytes: number;
  /** Of the whole process; what it was last when the system does not tell. */
  readonly rssBytes: number;
}

let rssBytes = 0;

/**
 * Reads how much memory this worker takes. Never throws: Node reads the resident memory from a
 * file, for which there may be no descriptor.
 *
 * @param read reads it
 */
export function memoryUse(
  read: () => Pick<NodeJS.MemoryUsage, 'heapUsed' | 'rss'> = process.memoryUsage,
): MemoryUse {
  try {
    const { heapUsed, rss } = read();
    rssBytes = rss;
    return { heapUsedBytes: heapUsed, rssBytes };
  } catch {
    return { heapUsedBytes: getHeapStatistics().used_heap_size, rssBytes };
  }
}
