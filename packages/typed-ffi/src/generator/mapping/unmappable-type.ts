/** Why something is left out, for the summary. */
export type LeftOutKind =
  | 'by a hint'
  | 'in the header only'
  | 'no counterpart'
  | 'unreadable'
  | 'variable arguments'
  | 'wants a hint';

/** Says why a type cannot be expressed. */
export class UnmappableType extends Error {
  override readonly name = 'UnmappableType';
  readonly kind: LeftOutKind;

  constructor(message: string, kind: LeftOutKind = 'no counterpart') {
    super(message);
    this.kind = kind;
  }
}

/** Says that a header leaves open how far C goes, and which hints would say it. */
export class WantedHint extends UnmappableType {
  /** The hints that would do, the likeliest first. */
  readonly choices: readonly string[];

  constructor(message: string, choices: readonly string[]) {
    super(message, 'wants a hint');
    this.choices = choices;
  }
}
