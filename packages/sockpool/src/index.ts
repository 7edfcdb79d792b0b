/**
 * Runs any Node program on N processes or threads, and steers it.
 *
 * @module
 */
export { defineConfig, type SockpoolConfig } from './config/define-config.ts';
