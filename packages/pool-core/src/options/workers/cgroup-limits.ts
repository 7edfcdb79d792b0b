import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the system lets this process use, by its control groups. */
export interface CgroupLimits {
  /** Processors, such as 1.5; undefined when there is no limit. */
  readonly cpus: number | undefined;
  /** Where that limit is from, such as `cpu.max`. */
  readonly cpusFrom: string;
  /** Memory in bytes; undefined when there is no limit. */
  readonly memoryBytes: number | undefined;
  /** Where that limit is from, such as `memory.max`. */
  readonly memoryFrom: string;
}

/** A limit that is read from files of one folder; undefined when it has none. */
type ReadLimit = (folder: string) => number | undefined;

/** A limit, and the file that it is from. */
interface Limit {
  readonly value: number;
  readonly from: string;
}

/** Version 1 writes "no limit" as the largest number of whole pages. */
const NO_LIMIT_BYTES = 2 ** 62;

/**
 * Reads the limits of this process's control groups, of version 2 and of version 1, in a container or
 * outside. The lowest limit of a group and those above it counts.
 *
 * @param root the folder that has `proc` and `sys`
 * @returns no limits where there are no control groups
 */
export function cgroupLimits(root: string = '/'): CgroupLimits {
  const text = (...path: string[]): string | undefined => read(join(root, ...path));
  const groups = groupsOf(text('proc', 'self', 'cgroup') ?? '');
  const mount = join('sys', 'fs', 'cgroup');
  const at = (from: string, hierarchy: string[], group: string | undefined, limit: ReadLimit) =>
    group === undefined ? [] : lowest(from, join(mount, ...hierarchy), group, limit);

  const cpuMax: ReadLimit = (folder) => {
    const [quota = 'max', period] = (text(folder, 'cpu.max') ?? '').trim().split(/\s+/);
    return share(quota, period);
  };
  const cpuQuota: ReadLimit = (folder) =>
    share(text(folder, 'cpu.cfs_quota_us'), text(folder, 'cpu.cfs_period_us'));
  const bytesIn =
    (file: string): ReadLimit =>
    (folder) =>
      bytes(text(folder, file));

  const unified = groups.get('');
  const [cpu] = [
    ...at('cpu.max', [], unified, cpuMax),
    ...at('cpu.max', ['unified'], unified, cpuMax),
    ...at('cpu.cfs_quota_us', ['cpu'], groups.get('cpu'), cpuQuota),
    ...at('cpu.cfs_quota_us', ['cpu,cpuacct'], groups.get('cpu'), cpuQuota),
  ].toSorted(byValue);
  const [memory] = [
    ...at('memory.max', [], unified, bytesIn('memory.max')),
    ...at('memory.max', ['unified'], unified, bytesIn('memory.max')),
    ...at(
      'memory.limit_in_bytes',
      ['memory'],
      groups.get('memory'),
      bytesIn('memory.limit_in_bytes'),
    ),
  ].toSorted(byValue);
  return Object.freeze({
    cpus: cpu?.value,
    cpusFrom: cpu?.from ?? 'cpu.max',
    memoryBytes: memory?.value,
    memoryFrom: memory?.from ?? 'memory.max',
  });
}

/** The group of each controller; that of version 2 has the name ''. */
function groupsOf(text: string): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, controllers, ...path] = line.split(':');
    if (controllers === undefined) continue;
    for (const controller of controllers.split(',')) groups.set(controller, path.join(':'));
  }
  return groups;
}

/**
 * Finds the lowest limit of a group and those above it. In a container the path is often the host's,
 * of which only the topmost folder can be seen.
 */
function lowest(from: string, mount: string, group: string, limit: ReadLimit): Limit[] {
  const found: Limit[] = [];
  for (let path = join('/', group); ; path = dirname(path)) {
    const value = limit(join(mount, path));
    if (value !== undefined) found.push({ value, from });
    if (path === '/') break;
  }
  return found.toSorted(byValue).slice(0, 1);
}

function byValue(one: Limit, other: Limit): number {
  return one.value - other.value;
}

function share(quota: string | undefined, period: string | undefined): number | undefined {
  const cpus = Number(quota) / Number(period);
  return cpus > 0 && cpus < Infinity ? cpus : undefined;
}

function bytes(text: string | undefined): number | undefined {
  const value = Number(text?.trim() || NaN);
  return value > 0 && value < NO_LIMIT_BYTES ? value : undefined;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // There is no such group, or no control groups at all.
    return undefined;
  }
}
