/**
 * The offsets of `struct sockpool_frame` in native/include/ffi-shim.h: the registers and
 * the stack of one call.
 */
export const FRAME: Readonly<
  Record<
    | 'error'
    | 'expired'
    | 'floatResults'
    | 'floats'
    | 'function'
    | 'indirect'
    | 'integerResults'
    | 'integers'
    | 'pointers'
    | 'slots'
    | 'stack'
    | 'stackWords'
    | 'text'
    | 'textCapacity',
    number
  >
> = Object.freeze({
  function: 0,
  stackWords: 8,
  pointers: 16,
  error: 24,
  expired: 28,
  integers: 32,
  floats: 96,
  indirect: 160,
  integerResults: 168,
  floatResults: 184,
  slots: 216,
  text: 280,
  textCapacity: 284,
  stack: 288,
});

/** How many pointers to JavaScript's memory one call can take. */
export const MOST_POINTERS = 16;

/** What `sockpool_describe` must answer. */
export const SHIM_VERSION = 3n;
