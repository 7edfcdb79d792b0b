/**
 * Request/reply framing over byte streams, and an upper-case echo connection handler.
 *
 * @module
 */
export { createDecoder, type Decoder, type DecoderOptions } from './framing/decoder.ts';
export { createEchoHandler, type EchoHandler } from './echo/echo-handler.ts';
export {
  ECHO_HANDLER_DEFAULTS,
  type EchoConnection,
  type EchoContext,
  type EchoHandlerOptions,
} from './echo/echo-handler-options.ts';
export { echoReply } from './echo/echo-replies.ts';
export { encodeMessage } from './framing/encode-message.ts';
export {
  DEFAULT_MAX_MESSAGE_BYTES,
  FRAMINGS,
  isFraming,
  MAX_MESSAGE_BYTES_LIMIT,
  type Framing,
} from './framing/framing.ts';
export { MessageTooLargeError } from './framing/message-too-large-error.ts';
export {
  createReplyDecoder,
  type ReplyDecoder,
  type ReplyDecoderOptions,
} from './framing/reply-decoder.ts';
export { TruncatedMessageError } from './framing/truncated-message-error.ts';
export { UnexpectedReplyError } from './framing/unexpected-reply-error.ts';
export { upperCase } from './echo/upper-case.ts';
