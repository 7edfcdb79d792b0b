/**
 * The PROXY protocol, versions 1 and 2: the client's address behind HAProxy and other load balancers.
 *
 * @module
 */
export { applyClientAddress, passClientAddress } from './client-address.ts';
export { encodeProxyHeader, type ProxyHeaderInput } from './encode-proxy-header.ts';
export {
  InvalidProxyHeaderError,
  isProxyHeaderRefusal,
  ProxyHeaderEndedError,
  ProxyHeaderTimeoutError,
  type ProxyProtocolError,
  UntrustedProxyError,
} from './errors.ts';
export {
  createProxyHeaderDecoder,
  type DecodedProxyHeader,
  PROXY_HEADER_DECODER_DEFAULTS,
  type ProxyHeaderDecoder,
  type ProxyHeaderDecoderOptions,
} from './proxy-header-decoder.ts';
export type { InetEndpoint, ProxyAddresses, ProxyHeader, UnixEndpoint } from './proxy-header.ts';
export {
  type ProxiedArguments,
  type ProxiedHandler,
  proxyProtocol,
  type ProxyProtocolOptions,
} from './proxy-protocol.ts';
export { isClientVerified, type ProxySsl, type ProxyTlvs, type RawTlv } from './proxy-tlvs.ts';
export { READ_PROXY_HEADER_DEFAULTS, type ReadProxyHeaderOptions } from './read-options.ts';
export {
  createProxyHeaderReader,
  type ProxyHeaderReader,
  readProxyHeader,
} from './read-proxy-header.ts';
export type { TrustedSources } from './trusted-sources.ts';
