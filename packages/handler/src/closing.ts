/**
 * How connections end without a reset, for programs that run handlers.
 *
 * @module
 */
export { backlogTaken } from './closing/backlog.ts';
export { type DrainTerms, drainTerms } from './closing/drain-terms.ts';
export { LINGER_MS } from './closing/lingering-close.ts';
export { endWhenSilent } from './closing/silent-connection.ts';
