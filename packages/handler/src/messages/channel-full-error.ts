/** A message cannot be posted, since the primary has not taken those before. */
export class ChannelFullError extends Error {
  override readonly name = 'ChannelFullError';
  readonly code = 'ERR_CHANNEL_FULL';
  /** The channel's name. */
  readonly channel: string;

  /**
   * @param channel the channel's name
   * @param maxQueuedBytes what may wait for the primary, in bytes
   */
  constructor(channel: string, maxQueuedBytes: number) {
    super(
      `Cannot post to channel '${channel}': ${maxQueuedBytes} bytes of messages wait for the primary already; ` +
        'post less, or raise channels.maxQueuedBytes',
    );
    this.channel = channel;
  }
}
