/** The words that scalar types are made of. */
const WORDS: ReadonlySet<string> = new Set([
  'signed',
  'unsigned',
  '_Complex',
  'short',
  'long',
  'char',
  'int',
  'float',
  'double',
  'void',
  '_Bool',
]);

/** Other spellings of the words. */
const SPELLINGS: Readonly<Record<string, string>> = {
  __signed: 'signed',
  __signed__: 'signed',
  __complex__: '_Complex',
  __complex: '_Complex',
};

/** Types that are one word and combine with signedness or `_Complex` at most. */
const SINGLES =
  /^(__int128|__int128_t|__uint128_t|_Float\d+x?|__float\d+|__bf16|__fp16|_Decimal\d+|__builtin_va_list|__builtin_ms_va_list|__ibm128)$/;

/** Returns the scalar word that a name stands for, or null when it is none. */
export function scalarWord(name: string): string | null {
  const word = SPELLINGS[name] ?? name;
  return WORDS.has(word) || SINGLES.test(word) ? word : null;
}

/**
 * Brings the words of a scalar type, in whatever order a header has them, into one:
 * `int long unsigned` is `unsigned long`.
 */
export function scalarName(words: readonly string[]): string {
  const count = (word: string): number => words.filter((one) => one === word).length;
  const complex = count('_Complex') > 0 ? '_Complex ' : '';
  const single = words.find((word) => SINGLES.test(word));
  const sign = count('unsigned') > 0 ? 'unsigned ' : '';
  if (single !== undefined) return `${sign}${complex}${single}`;
  if (count('void') > 0) return 'void';
  if (count('_Bool') > 0) return '_Bool';
  if (count('char') > 0) return count('signed') > 0 ? 'signed char' : `${sign}char`;
  if (count('float') > 0) return `${complex}float`;
  if (count('double') > 0) return `${complex}${count('long') > 0 ? 'long double' : 'double'}`;
  // GNU C: _Complex alone is of double.
  if (complex !== '' && words.length === 1) return '_Complex double';
  if (count('short') > 0) return `${sign}${complex}short`;
  return `${sign}${complex}${'long '.repeat(count('long')).trim() || 'int'}`;
}
