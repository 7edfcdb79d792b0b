import { once } from 'node:events';
import { startNetworkProxy } from '../network/network-proxy.ts';
import { parseTargetUrl } from '../options/target-url.ts';
import type { TargetAddress } from '../target/target-address.ts';
import { EXIT } from './exit-codes.ts';

/** How often it is looked whether the target takes connections, in milliseconds. */
const LOOK_MS = 200;

/** The options of `sockpool-load proxy`. */
export interface ProxyFlags {
  readonly delay?: number;
  readonly jitter?: number;
  readonly bandwidth?: number;
  readonly cutAfter?: readonly [number, number];
  readonly listen?: number;
}

/** Reads the target of a proxy: a URL, or `host:port`. */
function readTarget(text: string): TargetAddress {
  const url = /^(?:[a-z]+:\/\/|unix:)/.test(text) ? text : `tcp://${text}`;
  const { host, port = 0, path } = parseTargetUrl(url);
  return path === undefined ? { host, port } : { path };
}

/** Runs a proxy until SIGINT or SIGTERM, and prints what has passed through. */
export async function proxyCommand(target: string, flags: ProxyFlags): Promise<number> {
  await using proxy = await startNetworkProxy({
    target: readTarget(target),
    port: flags.listen,
    delayMs: flags.delay,
    jitterMs: flags.jitter,
    bytesPerSecond: flags.bandwidth,
    cutAfterMs: flags.cutAfter,
  });
  process.stdout.write(`127.0.0.1:${proxy.port} leads to ${target}\n`);
  // Its clients see resets only.
  const told = new Set<string>();
  const look = setInterval(() => {
    for (const code of Object.keys(proxy.stats().targetErrors)) {
      if (told.has(code)) continue;
      told.add(code);
      process.stderr.write(`sockpool-load: ${target} does not take connections: ${code}\n`);
    }
  }, LOOK_MS);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  clearInterval(look);
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  const { accepted, cut, bytesToTarget, bytesToClients, targetErrors } = proxy.stats();
  const errors = Object.entries(targetErrors).map(([code, count]) => `, ${count} × ${code}`);
  process.stdout.write(
    `${accepted} connections, ${cut} cut, ${bytesToTarget} bytes to the target, ${bytesToClients} bytes back${errors.join('')}\n`,
  );
  return EXIT.ok;
}
