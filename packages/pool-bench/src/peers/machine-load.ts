import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const TICKS_PER_SECOND = 100;

/** CPU time of the whole machine so far, in seconds: work of programs and of the kernel for them. */
function busySeconds(): number {
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = (
    readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? ''
  )
    .split(/ +/)
    .slice(1)
    .map(Number);
  // Interrupts are the network's, thus the round's own; stolen time went to other machines.
  return (user + nice + system + steal) / TICKS_PER_SECOND;
}

/** Tells how much CPU time others have while a round runs. Linux only. */
export class MachineLoad {
  readonly #startedMs = performance.now();
  readonly #busySeconds = busySeconds();

  /** Returns the share, 0 to 1, of the machine that others had, when the round's own processes used so many CPU seconds. */
  others(ownSeconds: number): number {
    const seconds = ((performance.now() - this.#startedMs) / 1_000) * availableParallelism();
    return Math.min(1, Math.max(0, (busySeconds() - this.#busySeconds - ownSeconds) / seconds));
  }
}
