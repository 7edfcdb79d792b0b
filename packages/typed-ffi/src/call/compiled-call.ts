/** A compiled call: checks its arguments, then calls C. */
export type CompiledCall = (...args: unknown[]) => unknown;
