import type { LeftOutKind } from '../mapping/unmappable-type.ts';

/** Something of a header that the generated module does not have. */
export interface LeftOut {
  readonly what: 'declaration' | 'function' | 'struct' | 'variable';
  readonly name: string;
  readonly kind: LeftOutKind;
  readonly reason: string;
}

/** How much of a header is expressed. */
export interface Coverage {
  readonly functions: number;
  readonly variables: number;
  readonly structs: number;
  readonly constants: number;
}

/** Writes what is left out in one line, which names it first. */
export function leftOutLine({ what, name, reason }: LeftOut): string {
  const subject = what === 'function' ? `${name}()` : name;
  return `${subject} is left out: ${reason.replaceAll('\n', ' ')}.`;
}

function counted(number: number, left: number, noun: string): string {
  const total = number + left;
  return `${number}${left === 0 ? '' : ` of ${total}`} ${noun}${total === 1 ? '' : 's'}`;
}

/** Sums what a header has: `zlib.h: 70 of 80 functions, …; left out: 10 want a hint`. */
export function summarize(
  header: string,
  expressed: Coverage,
  leftOut: readonly LeftOut[],
): string {
  const count = (what: LeftOut['what']): number =>
    leftOut.filter((one) => one.what === what).length;
  const kinds = new Map<LeftOutKind, number>();
  for (const { kind } of leftOut) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const reasons = [...kinds]
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, number]) => `${kind} ${number}`);
  return (
    `${header}: ${counted(expressed.functions, count('function'), 'function')}, ` +
    (expressed.variables + count('variable') === 0
      ? ''
      : `${counted(expressed.variables, count('variable'), 'variable')}, `) +
    `${counted(expressed.structs, count('struct'), 'struct')}, ` +
    `${counted(expressed.constants, 0, 'constant')}` +
    (reasons.length === 0 ? '; nothing is left out' : `; left out: ${reasons.join(', ')}`)
  );
}
