/** Identifies addresses of this process, in contrast to those of an isolate's child. */
export const processDomain: object = Object.freeze({ domain: 'process' });
