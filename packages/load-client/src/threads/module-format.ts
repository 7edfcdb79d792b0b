import type { ExpectedReply } from '../messages/expected-reply.ts';
import { compareReply, createFramingFormat, type WireFormat } from '../messages/wire-format.ts';
import {
  type FramingModuleError,
  guardFramingModule,
  loadFramingModule,
} from './framing-module.ts';

/**
 * Creates the format of a framing module of the user.
 *
 * @param url where the module is
 * @param rule what a right reply is, where the module does not say
 * @param fail hears of what the module throws while it is used
 * @throws {FramingModuleError} when the module can't be loaded or lacks a function
 */
export async function createModuleFormat(
  url: string,
  rule: ExpectedReply,
  fail: (error: FramingModuleError) => void,
): Promise<WireFormat> {
  const raw = createFramingFormat('raw', rule);
  const custom = guardFramingModule(await loadFramingModule(url), url, fail);
  const expected = (message: Buffer): Buffer | null =>
    custom.verifyReply === undefined ? raw.expectedReply(message) : null;
  return {
    name: url,
    canPipeline: true,
    encodeRequest: (message) => Buffer.from(custom.encodeRequest(message)),
    expectedWire: () => null,
    expectedReply: expected,
    createReplyCutter: () => {
      const decoder = custom.createReplyDecoder();
      return {
        push: (chunk) => [...decoder.push(chunk)],
        end: () => [...(decoder.end?.() ?? [])],
        get closing() {
          return decoder.closing === true;
        },
        get partial() {
          return decoder.partial === true;
        },
      };
    },
    verify: (message, reply, wanted) => {
      if (custom.verifyReply === undefined) return compareReply(reply, wanted);
      const verdict = custom.verifyReply(message, reply);
      if (verdict === true) return null;
      return verdict === false ? 'the framing module did not accept it' : verdict;
    },
  };
}
