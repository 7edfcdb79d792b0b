/** Why a guard closed a connection. */
export type RefusalReason =
  /** Its address is on the `deny` list, is not on the `allow` list, or cannot be told. */
  | 'denied'
  /** Its address had `maxConnectionsPerAddress` open already. */
  | 'addressLimit'
  /** It sent nothing for `firstByteTimeoutMs`. */
  | 'firstByteTimeout'
  /** Neither side sent anything for `idleTimeoutMs`, and nothing waited for it. */
  | 'idleTimeout'
  /** It kept sending more slowly than `minBytesPerSecond`. */
  | 'slow'
  /** It took what waited for it more slowly than `minReadBytesPerSecond`, or nothing for `unreadTimeoutMs`. */
  | 'slowReader'
  /** It was open for `maxLifetimeMs`. */
  | 'lifetime'
  /** It sent more than `maxConnectionBytes`. */
  | 'bytes'
  /** It had the most buffered when all together were over `maxTotalBufferedBytes`. */
  | 'memory';

/** A connection that a guard closed. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** The client's address; undefined if it cannot be told, as on a unix-domain socket. */
  readonly remoteAddress: string | undefined;
}

/** How many connections were closed for each reason. */
export type RefusalCounts = Readonly<Record<RefusalReason, number>>;

/** Nothing closed yet. */
export const NO_REFUSALS: RefusalCounts = Object.freeze({
  denied: 0,
  addressLimit: 0,
  firstByteTimeout: 0,
  idleTimeout: 0,
  slow: 0,
  slowReader: 0,
  lifetime: 0,
  bytes: 0,
  memory: 0,
});
