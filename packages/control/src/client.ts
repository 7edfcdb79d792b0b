/**
 * The client of the control API, without the server's code.
 *
 * @module
 */
export type * from './answers.ts';
export {
  type ChangeRequest,
  ControlClient,
  type ControlClientOptions,
  ControlRequestError,
  type RestartRequest,
} from './control-client.ts';
export { ControlError, type ControlErrorCode } from './control-error.ts';
export {
  controlDirectory,
  type ControlDirectoryOptions,
  findControlSockets,
} from './control-socket.ts';
export type { ErrorAnswer } from './error-answer.ts';
export type { ErrorPlace as ErrorLocation } from '@sockpool/option-checks';
export type { PoolEventName, ToldEvent } from './events/pool-events.ts';
