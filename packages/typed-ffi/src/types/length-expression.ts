/**
 * How long an array must be: a number, the label of the parameter that holds the
 * length (`'n'`), or an expression of both with `+`, `-`, `*` and parentheses
 * (`'n*size'`, `'rows*20'`, `'mlen + 16'`). Less than 0 counts as 0.
 */
export type LengthSpec = number | string;

/** Computes a length from the values of the labeled parameters. */
export interface LengthExpression {
  /** The labels in it, each once. */
  readonly labels: readonly string[];
  evaluate(valueOfLabel: (label: string) => number): number;
}

type Node = (valueOfLabel: (label: string) => number) => number;

/**
 * Reads a length specification.
 *
 * @throws {TypeError} when the text is no such expression
 * @throws {RangeError} when the number is not an integer of 0 or more
 */
export function lengthExpression(spec: LengthSpec): LengthExpression {
  if (typeof spec === 'number') {
    const count = checkedCount(spec);
    return { labels: [], evaluate: () => count };
  }
  const tokens = spec.match(/[A-Za-z_]\w*|\d\w*|\S/g) ?? [];
  const labels = new Set<string>();
  let next = 0;

  const refuse = (): never => {
    throw new TypeError(
      `Cannot declare a length of '${spec}': it must be a count, a label such as 'n', ` +
        `or an expression of them such as 'rows*20' or 'n + 16'`,
    );
  };
  const factor = (): Node => {
    const token = tokens[next++] ?? refuse();
    if (token === '(') {
      const inner = sum();
      return tokens[next++] === ')' ? inner : refuse();
    }
    if (/^\d+$/.test(token)) {
      const count = checkedCount(Number(token));
      return () => count;
    }
    if (!/^[A-Za-z_]/.test(token)) refuse();
    labels.add(token);
    return (valueOfLabel) => valueOfLabel(token);
  };
  const product = (): Node => {
    let left = factor();
    while (tokens[next] === '*') {
      next++;
      const [a, b] = [left, factor()];
      left = (valueOfLabel) => a(valueOfLabel) * b(valueOfLabel);
    }
    return left;
  };
  const sum = (): Node => {
    let left = product();
    while (tokens[next] === '+' || tokens[next] === '-') {
      const sign = tokens[next++] === '+' ? 1 : -1;
      const [a, b] = [left, product()];
      left = (valueOfLabel) => a(valueOfLabel) + sign * b(valueOfLabel);
    }
    return left;
  };

  const whole = sum();
  if (next !== tokens.length) refuse();
  return { labels: [...labels], evaluate: (valueOfLabel) => Math.max(0, whole(valueOfLabel)) };
}

function checkedCount(count: number): number {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new RangeError(`Cannot declare a length of '${count}': it must be an integer, 0 or more`);
  }
  return count;
}
