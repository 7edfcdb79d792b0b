import type { Debugger } from 'node:inspector';

/** Frames that a stack shows at most, as an endless recursion has thousands. */
const MAX_FRAMES = 50;

/** What a debugging session tells, whichever way it came. */
export interface DebuggerMessage {
  readonly method?: string;
  readonly params?: unknown;
}

/**
 * Makes a stack, as text, of what a debugging session tells. The session is to be sent
 * `Debugger.enable`, then `Debugger.pause`: V8 then interrupts even a loop without an end.
 */
export class StackReader {
  /** V8 tells where a script came from apart from the frames. */
  readonly #urls = new Map<string, string>();

  /**
   * Takes what the session tells.
   *
   * @param message the next message
   * @returns the stack when the program has paused, in the form of `Error.stack` without its first line
   */
  read({ method, params }: DebuggerMessage): string | undefined {
    if (method === 'Debugger.scriptParsed') {
      const { scriptId, url } = params as Debugger.ScriptParsedEventDataType;
      this.#urls.set(scriptId, url);
    }
    if (method !== 'Debugger.paused') return undefined;
    const { callFrames } = params as Debugger.PausedEventDataType;
    const lines = callFrames.slice(0, MAX_FRAMES).map((frame) => `    at ${this.#frame(frame)}`);
    const more = callFrames.length - lines.length;
    return [...lines, ...(more > 0 ? [`    ... ${more} more`] : [])].join('\n');
  }

  #frame({ functionName, url, location }: Debugger.CallFrame): string {
    const script = this.#urls.get(location.scriptId) ?? url;
    const { lineNumber, columnNumber = 0 } = location;
    // The protocol counts from 0, stacks from 1.
    const where = `${script === '' ? '<anonymous>' : script}:${lineNumber + 1}:${columnNumber + 1}`;
    return functionName === '' ? where : `${functionName} (${where})`;
  }
}
