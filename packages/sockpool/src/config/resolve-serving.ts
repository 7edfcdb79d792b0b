import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { describeValue } from '@sockpool/option-checks';
import { UsageError } from '../cli/exit-codes.ts';
import { integerFlag } from '../cli/integer-flag.ts';
import type { Told } from '../cli/told.ts';
import type { LogFormat } from '../output/log-format.ts';
import type { SockpoolConfig } from './define-config.ts';
import type { LoadedConfig } from './load-config.ts';
import { START_FOLDER, throughLinks } from './start-folder.ts';
import { requireKinds } from './config-kinds.ts';
import { portOf, type ServingAddresses, servingAddresses } from './serving-addresses.ts';

/** What is served, and how: flags over configuration over defaults. */
export interface Serving {
  /** Absolute. */
  readonly file: string;
  readonly name: string;
  readonly threads: boolean;
  readonly workers: number | 'auto';
  /** Where; none for where the program listens. */
  readonly addresses: ServingAddresses['addresses'];
  /** The host for ports that come without one. */
  readonly host: string | undefined;
  readonly watch: boolean;
  readonly log: LogFormat;
  readonly verbose: boolean;
  readonly healthPort: number | undefined;
  readonly metricsPort: number | undefined;
  readonly healthHost: string | undefined;
  readonly control: SockpoolConfig['control'];
  /** False for none. */
  readonly dashboard: Exclude<SockpoolConfig['dashboard'], boolean | undefined> | false;
  /** More for every address. */
  readonly listen: ServingAddresses['listen'];
  readonly env: Readonly<Record<string, string>>;
  readonly tls: SockpoolConfig['tls'];
  /** The other options of the pool. */
  readonly pool: Readonly<Record<string, unknown>>;
  /** The configuration's file, if there is one. */
  readonly config: string | undefined;
}

/**
 * Says what the flags and the configuration come to.
 *
 * @param told the flags and operands
 * @param loaded the configuration
 * @throws {UsageError} when there is nothing to serve, or a flag is wrong
 */
export function resolveServing(told: Told, loaded: LoadedConfig): Serving {
  const { operands, flags } = told;
  requireKinds(loaded);
  const {
    file: configured,
    name,
    threads,
    workers,
    port: _port,
    host: _host,
    path: _path,
    listen: _listen,
    watch,
    log,
    verbose,
    healthPort,
    metricsPort,
    healthHost,
    control,
    dashboard,
    env,
    tls,
    ...pool
  } = loaded.config;
  if (flags['threads'] === true && flags['processes'] === true) {
    throw new UsageError(
      'Cannot serve on threads and on processes: a pool has one kind of worker; give --threads or --processes',
    );
  }
  const file = fileOf(operands[0], configured, loaded);
  const format = flags['log'] ?? log ?? (process.stderr.isTTY ? 'pretty' : 'json');
  if (format !== 'pretty' && format !== 'json') {
    const option = flags['log'] === undefined ? 'log' : '--log';
    throw new UsageError(`Option ${option} must be pretty or json, got ${describeValue(format)}`);
  }
  return {
    file,
    name: nameOf(textOf(flags['name']) ?? name, file),
    threads: flags['threads'] === true || (flags['processes'] !== true && threads === true),
    workers:
      flags['workers'] === undefined
        ? workersOf('Option workers', workers ?? 'auto')
        : workersOf('Option --workers', flags['workers']),
    ...servingAddresses(told, loaded.config),
    watch: flags['watch'] === true || watch === true,
    log: format,
    verbose: flags['verbose'] === true || verbose === true,
    healthPort: probePortOf('health-port', flags, 'healthPort', healthPort),
    metricsPort: probePortOf('metrics-port', flags, 'metricsPort', metricsPort),
    healthHost: textOf(flags['health-host']) ?? healthHost,
    control: controlOf(flags, control),
    dashboard: dashboardOf(flags, dashboard),
    env: env ?? {},
    tls,
    pool: withGrace(pool, integerFlag(flags, 'grace')),
    config: loaded.file,
  };
}

function fileOf(
  operand: string | undefined,
  configured: string | undefined,
  { folder, file: config }: LoadedConfig,
): string {
  if (operand === undefined && configured === undefined) {
    throw new UsageError(
      config === undefined
        ? 'Cannot serve: no file is given; write it, such as sockpool serve server.js'
        : `Cannot serve: no file is given; write it, or file: './server.js' in '${config}'`,
    );
  }
  if (typeof configured !== 'string' && configured !== undefined) {
    throw new UsageError(
      `Option file must be a path, such as './server.js', got ${describeValue(configured)}${config === undefined ? '' : ` (${config})`}`,
    );
  }
  const file =
    operand === undefined ? resolve(folder, configured ?? '') : resolve(START_FOLDER, operand);
  if (/^ecosystem\.config\.[cm]?[jt]s$/.test(basename(file))) {
    throw new UsageError(
      `Cannot serve '${file}': it is PM2's configuration, and no program; serve its script, such as ` +
        'sockpool serve server.js, and write its options into sockpool.config.ts',
    );
  }
  return resolvedFile(file);
}

/** As for `node server` and `node .`: an extension may be left out, and a folder has a main file. */
function resolvedFile(file: string): string {
  try {
    return throughLinks(file, createRequire(file).resolve(file));
  } catch {
    const reason = existsSync(file)
      ? "the folder's package.json names no main file that is there, and it has no index.js"
      : 'there is no such file';
    throw new UsageError(`Cannot serve '${file}': ${reason}`);
  }
}

/** The flag wins over the configuration's. */
function withGrace(
  pool: Serving['pool'] & { readonly shutdown?: object },
  graceMs: number | undefined,
): Serving['pool'] {
  return graceMs === undefined ? pool : { ...pool, shutdown: { ...pool.shutdown, graceMs } };
}

/** The name of the package that the file belongs to, else the file's. */
function nameOf(given: string | undefined, file: string): string {
  const name = given ?? packageName(dirname(file)) ?? basename(file, extname(file));
  const fitting = name
    .replace(/^@/, '')
    .replace(/[^\w.-]+/g, '-')
    .slice(0, 40);
  if (given !== undefined && fitting !== given) {
    throw new UsageError(
      `Option --name must be 1 to 40 letters, digits, dots, underscores and dashes, got '${given}'`,
    );
  }
  return /^\.*$/.test(fitting) ? 'pool' : fitting;
}

function packageName(folder: string): string | undefined {
  const manifest = join(folder, 'package.json');
  if (existsSync(manifest)) {
    try {
      const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown };
      return typeof name === 'string' && name !== '' ? name : undefined;
    } catch {
      // Whoever loads the program tells what is wrong with it.
      return undefined;
    }
  }
  const parent = dirname(folder);
  return parent === folder ? undefined : packageName(parent);
}

function workersOf(what: string, given: unknown): number | 'auto' {
  if (given === 'auto') return 'auto';
  const number = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= 1_024) {
    return number;
  }
  throw new UsageError(
    `${what} must be auto or a whole number from 1 to 1024, got ${describeValue(given)}`,
  );
}

function probePortOf(
  flag: string,
  flags: Told['flags'],
  option: string,
  configured: unknown,
): number | undefined {
  const given = flags[flag];
  if (given !== undefined) return portOf(`Option --${flag}`, given);
  return configured === undefined ? undefined : portOf(`Option ${option}`, configured);
}

function controlOf(flags: Told['flags'], control: SockpoolConfig['control']): Serving['control'] {
  if (flags['no-control'] === true) return false;
  const socket = textOf(flags['socket']);
  if (socket === undefined) return control;
  return { ...(control === false ? {} : control), path: resolve(socket) };
}

function dashboardOf(
  flags: Told['flags'],
  dashboard: SockpoolConfig['dashboard'],
): Serving['dashboard'] {
  const given = flags['dashboard-port'];
  const asked = flags['dashboard'] === true || given !== undefined;
  if (!asked && (dashboard === undefined || dashboard === false)) return false;
  const configured = typeof dashboard === 'object' ? dashboard : {};
  const token = configured.token ?? process.env['SOCKPOOL_TOKEN'];
  return {
    ...configured,
    ...(token !== undefined && { token }),
    ...(given !== undefined && { port: portOf('Option --dashboard-port', given) }),
  };
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
