/** Why a control server does not start, or refuses a request. */
export type ControlErrorCode =
  | 'ERR_CONTROL_SOCKET'
  | 'ERR_CONTROL_REFUSED'
  | 'ERR_CONTROL_UNREACHABLE'
  | 'ERR_CANARY_FAILED';

/** Something of the control API failed. */
export class ControlError extends Error {
  static {
    this.prototype.name = 'ControlError';
  }

  /** Identifies the error without `instanceof`. */
  readonly code: ControlErrorCode;

  /**
   * @param code what kind of failure it is
   * @param message what could not be done, and why
   * @param options the cause
   */
  constructor(code: ControlErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A request that is answered with a status of 400 or above, and why. */
export class RefusedRequest extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param status the HTTP status
   * @param message what is wrong, and what is allowed
   * @param headers of the answer
   */
  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}
