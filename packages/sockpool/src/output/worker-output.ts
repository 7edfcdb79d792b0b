import type { LogFormat } from './log-format.ts';

/** Where a worker finds how to print. */
export const OUTPUT_VARIABLE = 'SOCKPOOL_OUTPUT';

/** How a worker prints. */
export interface OutputSettings {
  readonly format: LogFormat;
  readonly colors: boolean;
}

/** What a worker runs before its program. */
export const OUTPUT_MODULE: string = new URL('./worker-output-main.js', import.meta.url).href;
