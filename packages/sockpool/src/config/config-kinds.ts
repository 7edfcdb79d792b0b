import { describeValue } from '@sockpool/option-checks';
import { UsageError } from '../cli/exit-codes.ts';
import type { SockpoolConfig } from './define-config.ts';
import type { LoadedConfig } from './load-config.ts';

/** What an option must be, and whether a value is that. */
type Kind = readonly [wanted: string, fits: (value: unknown) => boolean];

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const SWITCH: Kind = ['true or false', (value) => typeof value === 'boolean'];
const TEXT: Kind = ['a text', (value) => typeof value === 'string'];

/** Of the options that the command reads by itself; what is not here is checked where it is used. */
const KINDS: Partial<Readonly<Record<keyof SockpoolConfig, Kind>>> = {
  name: TEXT,
  threads: SWITCH,
  watch: SWITCH,
  verbose: SWITCH,
  healthHost: TEXT,
  control: [
    "an object, such as { path: '/run/shop.sock' }, or false",
    (value) => value === false || isObject(value),
  ],
  dashboard: [
    'an object, such as { port: 9091 }, or true or false',
    (value) => typeof value === 'boolean' || isObject(value),
  ],
  env: [
    "an object of texts, such as { LOG_LEVEL: 'debug' }",
    (value) => isObject(value) && Object.values(value).every((text) => typeof text === 'string'),
  ],
  port: [
    'a port, such as 3000, or a list of them',
    (value) => !Array.isArray(value) || value.length > 0,
  ],
};

/**
 * Refuses values of the wrong kind, which would be taken for something else.
 *
 * @param loaded the configuration
 * @throws {UsageError} that names the option, what it must be, and the file
 */
export function requireKinds({ config, file }: LoadedConfig): void {
  for (const [name, [wanted, fits]] of Object.entries(KINDS)) {
    const value = config[name as keyof SockpoolConfig];
    if (value === undefined || fits(value)) continue;
    const place = file === undefined ? '' : ` (${file})`;
    throw new UsageError(`Option ${name} must be ${wanted}, got ${describeValue(value)}${place}`);
  }
}
