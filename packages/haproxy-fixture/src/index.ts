/**
 * Runs the real HAProxy for tests, where there is one.
 *
 * @module
 */
export { type Haproxy, type HaproxySettings, startHaproxy, withoutHaproxy } from './haproxy.ts';
