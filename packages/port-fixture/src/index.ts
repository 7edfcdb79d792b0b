/**
 * Finds ports for tests that nobody listens on until the test does.
 *
 * @module
 */
export { keptPort } from './kept-port.ts';
