/** The descriptor number under which the copying process finds the listening socket. */
export const SOURCE_FD = 3;

/** Asks the copying process for one copy, which comes back with an equal message. */
export interface CopyRequest {
  readonly sockpoolCopy: number;
}
