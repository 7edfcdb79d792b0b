import { requireInteger } from '@sockpool/option-checks';

/** How the channels of a pool work, see `channel()` of `@sockpool/handler`. */
export interface ChannelOptions {
  /**
   * What may wait for one worker, and for the primary from one worker, in bytes of messages and 64 for
   * each. What is beyond is dropped for a worker that does not take its messages, such as one whose
   * event loop hangs, and the log says so; a worker that posts it gets a `ChannelFullError`. No message
   * can be larger.
   * @default 16_777_216
   */
  readonly maxQueuedBytes?: number;
}

/** The defaults of {@link ChannelOptions}. */
export const CHANNEL_DEFAULTS: Readonly<Required<ChannelOptions>> = Object.freeze({
  maxQueuedBytes: 16 * 2 ** 20,
});

/**
 * Checks how channels work.
 *
 * @param options every option
 * @throws {TypeError | RangeError} when one is wrong
 */
export function resolveChannelOptions(options: Required<ChannelOptions>): Required<ChannelOptions> {
  return Object.freeze({
    maxQueuedBytes: requireInteger('channels.maxQueuedBytes', options.maxQueuedBytes, {
      min: 1_024,
      max: 2 ** 30,
    }),
  });
}
