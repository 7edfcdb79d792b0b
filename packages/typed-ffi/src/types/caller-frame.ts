import type { ArgumentPosition } from '../errors/argument-position.ts';
import { FfiError } from '../errors/errors.ts';
import type { Frame } from './parameter.ts';
import type { Memory } from '../memory/memory.ts';
import { processDomain } from '../memory/process-domain.ts';

const nowhere: Memory = {
  domain: processDomain,
  read: () => new Uint8Array(),
  readString: () => '',
};

/** Makes the error for memory that would have to outlive the call. */
export function cannotLend(at: ArgumentPosition): FfiError {
  return new FfiError(
    'ERR_FFI_UNSUPPORTED',
    `Cannot call ${at.functionName}(): ${at.place} is text that C would keep: ` +
      'only an argument of a call in this process can point to text',
  );
}

/** Returns the frame for values that are stored without a call: nothing is lent. */
export function callerFrame(memory: Memory = nowhere): Frame {
  return {
    memory,
    before() {},
    after() {},
    failed(error) {
      throw error;
    },
    lend(_view, at) {
      throw cannotLend(at);
    },
  };
}
