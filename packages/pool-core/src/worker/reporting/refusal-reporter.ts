import { REPORT_INTERVAL_MS } from '../../protocol/intervals.ts';
import { toErrorRecord } from '../../errors/error-record.ts';
import type { ConnectionRefusalReason, RefusalRecord } from '../../protocol/refused-connection.ts';
import { Throttle } from './throttle.ts';

/** Gathers a worker's refusals, so that a flood of them does not become one of messages. */
export class RefusalReporter {
  readonly #send: (refused: readonly RefusalRecord[]) => void;
  readonly #gathered = new Map<ConnectionRefusalReason, RefusalRecord>();
  readonly #throttle = new Throttle(() => this.flush(), REPORT_INTERVAL_MS);

  /** @param send gets the first refusal at once, later ones at most every 250 ms */
  constructor(send: (refused: readonly RefusalRecord[]) => void) {
    this.#send = send;
  }

  /** Takes note of a refusal. */
  add(reason: ConnectionRefusalReason, remoteAddress: string | undefined, error?: Error): void {
    const connections = (this.#gathered.get(reason)?.connections ?? 0) + 1;
    this.#gathered.set(reason, {
      reason,
      remoteAddress,
      connections,
      error: error && toErrorRecord(error),
    });
    this.#throttle.changed();
  }

  /** Sends now what is gathered. */
  flush(): void {
    if (this.#gathered.size === 0) return;
    const refused = [...this.#gathered.values()];
    this.#gathered.clear();
    this.#send(refused);
  }
}
