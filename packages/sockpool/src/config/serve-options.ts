import type { ProcessPoolOptions } from '@sockpool/process-pool';
import type { SockpoolConfig } from './define-config.ts';

/** What a configuration says, for a program that serves another one. */
export interface ServeOptions extends Omit<SockpoolConfig, 'watch'> {
  /** What to serve: a program, an app or a handler module; relative to the current folder. */
  readonly file: string;
  /**
   * Where the pool tells what happens. With a logger, what programs print stays as it is.
   * @default standard error, as `log` says, and what programs print are entries too
   */
  readonly logger?: NonNullable<ProcessPoolOptions['logger']>;
}
