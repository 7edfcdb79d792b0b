/**
 * Evaluates the constant expressions that headers have: numbers, earlier
 * enumerators, and the operators + - * / << | & ~ with parentheses. Returns null
 * for anything else.
 */
export function constantValue(text: string, known: ReadonlyMap<string, number>): number | null {
  const tokens = text.match(/0[xX][\da-fA-F]+|\d+|[A-Za-z_]\w*|<<|[-+*/|&~()]|\S/g) ?? [];
  let next = 0;
  let failed = false;
  const LEVELS: readonly (readonly string[])[] = [['|'], ['&'], ['<<'], ['+', '-'], ['*', '/']];

  const primary = (): number => {
    const token = tokens[next++];
    if (token === undefined) failed = true;
    else if (token === '(') {
      const value = level(0);
      if (tokens[next++] !== ')') failed = true;
      return value;
    } else if (token === '-') return -primary();
    else if (token === '+') return primary();
    else if (token === '~') return ~primary();
    else if (/^\d/.test(token)) {
      // A suffix such as U or UL is a token of its own.
      if (/^[uUlL]+$/.test(tokens[next] ?? '')) next++;
      return Number(/^0\d/.test(token) ? `0o${token}` : token);
    } else if (known.has(token)) return known.get(token) ?? 0;
    else failed = true;
    return 0;
  };

  const level = (depth: number): number => {
    const operators = LEVELS[depth];
    if (operators === undefined) return primary();
    let value = level(depth + 1);
    while (operators.includes(tokens[next] ?? '')) {
      const operator = tokens[next++];
      const right = level(depth + 1);
      if (operator === '|') value |= right;
      else if (operator === '&') value &= right;
      else if (operator === '<<') value *= 2 ** right;
      else if (operator === '+') value += right;
      else if (operator === '-') value -= right;
      else if (operator === '*') value *= right;
      else value = Math.trunc(value / right);
    }
    return value;
  };

  const value = level(0);
  return failed || next !== tokens.length || !Number.isFinite(value) ? null : value;
}
