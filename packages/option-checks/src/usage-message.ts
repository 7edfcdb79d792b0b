import { nearestName } from './nearest-name.ts';

/** What a command line is for, for the messages about it. */
export interface UsageTerms {
  /**
   * Names that long options may have, without dashes: those near an unknown one are named.
   * @default none
   */
  readonly options?: readonly string[];
  /** What lists all there is, such as `app --help`. */
  readonly help: string;
}

type Sentence = (parts: readonly string[], terms: UsageTerms) => string;

const must: Sentence = ([flag, given, allowed]) =>
  `Option ${flag} must be ${allowed}, got '${given}'`;
const unknown =
  (what: string): Sentence =>
  ([name = '', meant], { options = [], help }) => {
    const near = nearestName(name.replace(/^-+/, ''), name.startsWith('--') ? options : []);
    const nearest = meant ?? (near === undefined ? undefined : `--${near}`);
    return `Unknown ${what} ${name}: ${nearest === undefined ? 'see' : `did you mean ${nearest}? See`} ${help}`;
  };

/** Each form of commander (below "error:") and of parseArgs(), and the same as our other errors say it. */
const FORMS: readonly (readonly [RegExp, Sentence])[] = [
  [
    /^option '.*?(--[\w-]+).*?' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/,
    ([flag = '', given = '', choices], terms) => must([flag, given, `one of ${choices}`], terms),
  ],
  [/^option '.*?(--[\w-]+).*?' argument '(.*)' is invalid\. (.*)$/, must],
  [
    /^option '.*?(--[\w-]+).*?' argument (?:missing|is ambiguous\..*)$/i,
    ([flag]) => `Option ${flag} must have a value, got none`,
  ],
  [
    /^option '.*?(--[\w-]+).*?' does not take an argument$/i,
    ([flag]) => `Option ${flag} must have no value`,
  ],
  [/^unknown option '(.*?)'(?: \(Did you mean (.*)\?\)|\. To .*)?$/i, unknown('option')],
  [/^unknown command '(.*?)'(?: \(Did you mean (.*)\?\))?$/, unknown('command')],
  [
    /^missing required argument '(.*)'$/,
    ([argument], { help }) => `Cannot run: <${argument}> is missing; see ${help}`,
  ],
  [
    /^too many arguments.* Expected (\d+) arguments? but got (\d+)/,
    ([most, given], { help }) =>
      `Cannot run: ${given} arguments are given, ${most} at most; see ${help}`,
  ],
];

/**
 * Says what commander or `parseArgs()` complains of in one line, as the checks of options say it. A
 * parser of commander throws an `InvalidArgumentError` whose message is what is allowed.
 *
 * @param complaint the message, with or without `error:`
 * @param terms what is known of the command line
 * @returns a text of any other form as it is, in one line
 */
export function usageMessage(complaint: string, terms: UsageTerms): string {
  const line = complaint
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replace(/^error: /, '');
  for (const [form, say] of FORMS) {
    const found = form.exec(line);
    if (found !== null) return say(found.slice(1), terms);
  }
  return line;
}
