import type { Returnable } from './parameter.ts';

/** `void`: a function that returns nothing. */
export interface VoidType extends Returnable<void> {
  readonly abi: 'void';
}

/** `void`, as a result. */
export const nothing: VoidType = {
  description: 'void',
  abi: 'void',
  lift() {
    return undefined;
  },
};
