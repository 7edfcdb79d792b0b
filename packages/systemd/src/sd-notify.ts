import { execFile } from 'node:child_process';
import { requireKnownOptions } from '@sockpool/option-checks';
import { SdNotifyError } from './sd-notify-error.ts';

/** What a service says of itself, by the names of `sd_notify(3)`, such as `{ READY: 1 }`. */
export type SdNotification = Readonly<Record<string, string | number | bigint>>;

/** How the service manager is told. */
export interface SdNotifyOptions {
  /**
   * The environment whose `NOTIFY_SOCKET` says where to.
   * @default process.env
   */
  readonly environment?: NodeJS.ProcessEnv;
  /**
   * The program that sends the message, from systemd's own package.
   * @default 'systemd-notify'
   */
  readonly command?: string;
}

/** Every option, for the check of their names. */
export const SD_NOTIFY_OPTIONS: Readonly<Record<keyof SdNotifyOptions, true>> = Object.freeze({
  environment: true,
  command: true,
});

/** How long the service manager may take to have read a message, in milliseconds. */
const TIMEOUT_MS = 10_000;

const NAME = /^[A-Z_][A-Z0-9_]*$/;

/**
 * Tells systemd something about this service, as `sd_notify(3)` does.
 *
 * Node cannot send to a Unix datagram socket, so that `systemd-notify` sends it: some 10 ms of a
 * child process for each message. The unit needs `NotifyAccess=all`, as the message comes from a
 * child. It resolves when systemd has read the message, so that messages that are awaited keep
 * their order.
 *
 * @param notification the assignments of one message, such as `{ READY: 1, STATUS: 'Serving' }`
 * @param options where to, and how
 * @returns whether there is a service manager to tell: false without `NOTIFY_SOCKET`
 * @throws {TypeError} when a name is not in capitals, a value has a line break, or an option is
 *   unknown
 * @throws {SdNotifyError} when `systemd-notify` is not there, or fails
 */
export async function sdNotify(
  notification: SdNotification,
  options: SdNotifyOptions = {},
): Promise<boolean> {
  requireKnownOptions(options, SD_NOTIFY_OPTIONS, { of: 'sdNotify()' });
  const { environment = process.env, command = 'systemd-notify' } = options;
  const assignments = Object.entries(notification).map(([name, value]) => {
    const text = String(value);
    if (!NAME.test(name) || /[\n\0]/.test(text)) {
      throw new TypeError(
        `Cannot notify systemd of ${JSON.stringify(name)}=${JSON.stringify(text)}: a name has capitals, digits and _, a value no line break`,
      );
    }
    return `${name}=${text}`;
  });
  if (assignments.length === 0)
    throw new TypeError('Cannot notify systemd: there is no assignment; give at least one');
  const { NOTIFY_SOCKET: socket } = environment;
  if (socket === undefined || socket === '') return false;
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  execFile(
    command,
    assignments,
    { env: { PATH: environment['PATH'], NOTIFY_SOCKET: socket }, timeout: TIMEOUT_MS },
    (error, _stdout, stderr) => {
      if (error === null) resolve(true);
      else reject(new SdNotifyError(reasonOf(error, command, stderr.trim()), { cause: error }));
    },
  );
  return promise;
}

function reasonOf(error: Error & { code?: unknown }, command: string, stderr: string): string {
  if (error.code === 'ENOENT') return `there is no program '${command}'; install systemd's own`;
  return `${command} failed: ${stderr === '' ? error.message : stderr}`;
}
