import {
  describeValue,
  requireBoolean,
  requireDurationMs,
  requireInteger,
  requireKnownOptions,
  requireObject,
  requireOneOf,
} from '@sockpool/option-checks';
import {
  PROXY_HEADER_DECODER_DEFAULTS,
  type ProxyHeaderDecoderOptions,
} from './proxy-header-decoder.ts';
import { V2_FIXED_BYTES, V2_MAX_BYTES } from './proxy-header.ts';
import { type IsTrusted, type TrustedSources, trustedSources } from './trusted-sources.ts';

/** How a header is read from a socket. */
export interface ReadProxyHeaderOptions extends ProxyHeaderDecoderOptions {
  /**
   * The load balancers: only they may send a header. Anyone else could pretend to be any client,
   * so there is no default.
   */
  readonly trusted: TrustedSources;
  /**
   * What to do with connections from anywhere else: `'refuse'` them, or `'pass'` them through with
   * their real address and every byte, a header of theirs included.
   * @default 'refuse'
   */
  readonly untrusted?: 'refuse' | 'pass';
  /**
   * How long the whole header may take, in milliseconds, 1 to 2,147,483,647. The specification
   * asks for at least 3 seconds, for one lost packet.
   * @default 5_000
   */
  readonly timeoutMs?: number;
  /**
   * Whether trusted sources must send a header. With false, bytes that are no header, and silence
   * for `timeoutMs`, are passed through. The specification forbids guessing, since then
   * a client whose proxy adds no header can write one itself: use it only while a proxy is being
   * reconfigured.
   * @default true
   */
  readonly required?: boolean;
  /**
   * Gives up: the socket is destroyed, and the promise rejects with the signal's reason.
   * @default none
   */
  readonly signal?: AbortSignal;
}

/** The defaults of {@link ReadProxyHeaderOptions}. */
export const READ_PROXY_HEADER_DEFAULTS: Required<
  Omit<ReadProxyHeaderOptions, 'signal' | 'trusted'>
> = Object.freeze({
  ...PROXY_HEADER_DECODER_DEFAULTS,
  untrusted: 'refuse',
  timeoutMs: 5_000,
  required: true,
});

/** Every option, for the check of their names. */
export const READ_OPTIONS: Readonly<Record<keyof ReadProxyHeaderOptions, true>> = Object.freeze({
  trusted: true,
  untrusted: true,
  timeoutMs: true,
  required: true,
  maxHeaderBytes: true,
  signal: true,
});

/** {@link ReadProxyHeaderOptions} checked, with defaults filled in. */
export interface ResolvedReadOptions {
  readonly isTrusted: IsTrusted;
  readonly untrusted: 'refuse' | 'pass';
  readonly timeoutMs: number;
  readonly required: boolean;
  readonly maxHeaderBytes: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Checks options and fills in defaults.
 *
 * @param options what the caller gave
 * @param prefix stands before the options' names in messages, such as `'proxyProtocol.'`
 * @param known has a field for each option that may be given
 * @throws {TypeError} when an option is unknown or of the wrong kind
 * @throws {RangeError} when a number is out of bounds
 */
export function resolveReadOptions(
  options: ReadProxyHeaderOptions,
  prefix: string = '',
  known: object = READ_OPTIONS,
): ResolvedReadOptions {
  requireObject('Options', options, "{ trusted: ['10.0.0.0/8'] }");
  requireKnownOptions(options, known, { within: prefix });
  const defaults = READ_PROXY_HEADER_DEFAULTS;
  const { signal } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(
      `Option ${prefix}signal must be an AbortSignal, got ${describeValue(signal)}`,
    );
  }
  return {
    isTrusted: trustedSources(options.trusted, prefix),
    untrusted: requireOneOf(`${prefix}untrusted`, options.untrusted ?? defaults.untrusted, [
      'refuse',
      'pass',
    ]),
    required: requireBoolean(`${prefix}required`, options.required ?? defaults.required),
    signal,
    timeoutMs: requireDurationMs(`${prefix}timeoutMs`, options.timeoutMs ?? defaults.timeoutMs, {
      min: 1,
    }),
    maxHeaderBytes: requireInteger(
      `${prefix}maxHeaderBytes`,
      options.maxHeaderBytes ?? defaults.maxHeaderBytes,
      { min: V2_FIXED_BYTES, max: V2_MAX_BYTES },
    ),
  };
}
