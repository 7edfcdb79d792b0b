/**
 * Runs any Node program on N processes or threads, and steers it.
 *
 * @module
 */
export { defineConfig, type SockpoolConfig } from './config/define-config.ts';
export type { ServeOptions } from './config/serve-options.ts';
export { serve } from './serve.ts';
export type { ServedProgram } from './serving/start-serving.ts';
