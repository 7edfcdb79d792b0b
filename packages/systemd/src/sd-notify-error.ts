/** Reports that the service manager could not be told something. */
export class SdNotifyError extends Error {
  static {
    this.prototype.name = 'SdNotifyError';
  }

  /** Identifies the error without `instanceof`. */
  readonly code = 'ERR_SD_NOTIFY';

  /**
   * @param reason why not, as a clause
   * @param options the cause
   */
  constructor(reason: string, options?: ErrorOptions) {
    super(`Cannot notify the service manager: ${reason}`, options);
  }
}
