/**
 * Runs a program in a process of its own, in which its servers only believe that they listen, and tells
 * the parent process where they would. The parent ends it.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ENDS_UNSERVED, HostedProgram } from './hosted-program.ts';
import type { ScoutReport } from './program-addresses.ts';
import { runProgram } from './run-program.ts';

/** For how long no further server has to listen, in milliseconds, where the program never finishes loading. */
const QUIET_MS = 250;

const [url = ''] = process.argv.slice(2);
const program = new HostedProgram();

function tell(report: ScoutReport): void {
  // The parent has it before it hears of an end.
  process.channel?.ref();
  process.send?.(report);
}

/** Servers that the program starts one after another. */
async function quiet(): Promise<void> {
  for (let known = -1; known !== program.wanted.length;) {
    known = program.wanted.length;
    await delay(QUIET_MS);
  }
}

process.on('disconnect', () => process.exit());
// What keeps this process alive is the program's.
process.channel?.unref();
process.once('beforeExit', () => {
  tell({ error: { name: 'TypeError', message: ENDS_UNSERVED, stack: ENDS_UNSERVED } });
});
try {
  const { loaded, failed } = runProgram(url);
  const listening = program.listening.then(() => undefined);
  const exported = await Promise.race([loaded, listening, failed]);
  if (exported === undefined) {
    await Promise.race([listening, failed]);
    await Promise.race([loaded, quiet(), failed]);
  }
  tell({ addresses: program.wanted });
} catch (error) {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  tell({ error: { name, message, stack } });
}
