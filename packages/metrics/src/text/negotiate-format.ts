import type { TextFormat } from './prometheus-text.ts';

/**
 * Chooses the format that a client likes best, by its header `Accept`: OpenMetrics only for those that
 * ask for it at least as much as for the older format, which everybody else gets.
 *
 * @param accept the header, if there is one
 */
export function negotiateFormat(accept: string | undefined): TextFormat {
  const open = quality(accept, 'application/openmetrics-text');
  const plain = quality(accept, 'text/plain');
  return open > 0 && open >= plain ? 'openmetrics' : 'prometheus';
}

/** How much a client likes a type, from 0 to 1, by the entry that names it. */
function quality(accept: string | undefined, type: string): number {
  let best = 0;
  for (const entry of (accept ?? '').split(',')) {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    if (name !== type) continue;
    const given = parameters.find((parameter) => parameter.startsWith('q='));
    const value = given === undefined ? 1 : Number(given.slice(2));
    best = Math.max(best, Number.isFinite(value) ? value : 0);
  }
  return best;
}
