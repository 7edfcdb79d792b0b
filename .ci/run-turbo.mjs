// Runs `turbo run` with the given arguments: on a Node that the pools can use, without telemetry,
// and without color codes where no terminal shows them.
// Plain JavaScript, since it must get as far as the message of require-node.mjs on any Node.
import { fileURLToPath } from 'node:url';

await import('./require-node.mjs');

const turbo = fileURLToPath(new URL('../node_modules/turbo/bin/turbo', import.meta.url));
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' };
if (!process.stdout.isTTY && !('FORCE_COLOR' in env)) env.NO_COLOR = '1';

// Takes this process's place, so that signals reach turbo and its exit code is the script's.
process.execve(process.execPath, [process.execPath, turbo, 'run', ...process.argv.slice(2)], env);
