import type { Logger, LogLevel } from '@sockpool/pool-core';

/** An entry of a log. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** Makes a logger that keeps what it is given. */
export function recordingLogger(): { entries: LogEntry[]; logger: Logger } {
  const entries: LogEntry[] = [];
  const log =
    (level: LogLevel): Logger[LogLevel] =>
    (message, fields) =>
      void entries.push({ level, message, fields });
  const logger = {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
  };
  return { entries, logger };
}
