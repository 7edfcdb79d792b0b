/**
 * What the thread loads that reads the stack of a worker that hangs: nothing else.
 *
 * @module
 */
export { type DebuggerMessage, StackReader } from './worker/stack-reader.ts';
