/**
 * Reports variables of socket activation that are not what systemd sets, so that it is unknown
 * which descriptors were passed.
 */
export class SocketActivationError extends Error {
  static {
    this.prototype.name = 'SocketActivationError';
  }

  /** Identifies the error without `instanceof`. */
  readonly code = 'ERR_SOCKET_ACTIVATION';
  /** The variable. */
  readonly variable: 'LISTEN_PID' | 'LISTEN_FDS' | 'LISTEN_FDNAMES';
  /** Its value; undefined when it is missing. */
  readonly value: string | undefined;

  /**
   * @param variable the variable
   * @param value its value
   * @param allowed what it must be, as a clause
   */
  constructor(
    variable: SocketActivationError['variable'],
    value: string | undefined,
    allowed: string,
  ) {
    const got = value === undefined ? 'nothing' : `'${value}'`;
    super(`Cannot take the sockets that were passed: ${variable} must be ${allowed}, got ${got}`);
    this.variable = variable;
    this.value = value;
  }
}
