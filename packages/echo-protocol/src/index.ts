/**
 * Request/reply framing over byte streams, and an upper-case echo connection handler.
 *
 * @module
 */
export { createDecoder, type Decoder, type DecoderOptions } from './decoder.ts';
export { createEchoHandler, type EchoHandler } from './echo-handler.ts';
export {
  ECHO_HANDLER_DEFAULTS,
  type EchoConnection,
  type EchoContext,
  type EchoHandlerOptions,
} from './echo-handler-options.ts';
export { echoReply } from './echo-replies.ts';
export { encodeMessage } from './encode-message.ts';
export {
  DEFAULT_MAX_MESSAGE_BYTES,
  FRAMINGS,
  isFraming,
  MAX_MESSAGE_BYTES_LIMIT,
  type Framing,
} from './framing.ts';
export { MessageTooLargeError } from './message-too-large-error.ts';
export {
  createReplyDecoder,
  type ReplyDecoder,
  type ReplyDecoderOptions,
} from './reply-decoder.ts';
export { TruncatedMessageError } from './truncated-message-error.ts';
export { UnexpectedReplyError } from './unexpected-reply-error.ts';
export { upperCase } from './upper-case.ts';
