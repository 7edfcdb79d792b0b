// Keeps the page open beside 64 workers, and tells whether it stays smooth and its memory flat:
// node bench/soak.ts [--minutes N] [--workers N] [--restart-every SECONDS]
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { startChromium } from '../test/fixtures/chromium.ts';
import { pause, watchedPool } from './watched-pool.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    workers: { type: 'string', default: '64' },
    'restart-every': { type: 'string', default: '60' },
  },
});
const minutes = Number(values.minutes);
const workers = Number(values.workers);

/** Frames may take so long of the page's main thread, in milliseconds of processor time, of 99 in 100. */
const FRAME_MS = 20;

/** For how long processor time is measured, in milliseconds: what the browser tells of it takes memory. */
const TRACED_MS = 60_000;

/** What memory may grow by from the first third to the last, in bytes. */
const GROWTH_BYTES = 4_000_000;

await using watched = await watchedPool({ threads: true, workers, clients: 32, thinkMs: 400 });
const { pool, dashboard } = watched;
const browser = await startChromium();
const page = await browser.newPage({ viewport: { width: 1_280, height: 900 } });
// What the main thread does for a frame: from its first script to what is queued behind its paint.
await page.addInitScript(`
  window.frames_ = [];
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) => ask((time) => {
    const begun = performance.now();
    callback(time);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => window.frames_.push(performance.now() - begun);
    port2.postMessage(null);
  });`);
const faults: string[] = [];
page.on('console', (message) => faults.push(message.text()));
page.on('pageerror', (error) => faults.push(error.message));
await page.goto(dashboard.url);
await page.waitForSelector(`[data-worker="${workers - 1}"]`);
await page.check('input[value="900"]');
await page.click('#figures summary');

const session = await page.context().newCDPSession(page);
const heapBytes = async (): Promise<number> => {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = (await session.send('Runtime.getHeapUsage')) as { usedSize: number };
  return usedSize;
};
const restarting = setInterval(
  () => {
    pool.restart({ graceMs: 2_000 }).catch((error: Error) => faults.push(error.message));
  },
  Number(values['restart-every']) * 1_000,
);

const heaps: number[] = [];
const primary: number[] = [];
const frames: number[] = [];
const cpuBefore = process.cpuUsage();
const endsAtMs = performance.now() + minutes * 60_000;
while (performance.now() < endsAtMs) {
  await pause(Math.min(5_000, endsAtMs - performance.now()));
  frames.push(...(await page.evaluate<number[]>('window.frames_.splice(0)')));
  heaps.push(await heapBytes());
  primary.push(process.memoryUsage().heapUsed);
  const nodes = await page.evaluate<number>('document.querySelectorAll("*").length');
  const { length } = heaps;
  if (length % 12 === 1) {
    console.log(
      `${Math.round((length * 5) / 60)} min: page heap ${mega(heaps.at(-1))}, ${nodes} elements, ${quantiles(frames)}`,
    );
  }
}
const traced = await processorMs(browser);
clearInterval(restarting);
const { user, system } = process.cpuUsage(cpuBefore);
await browser.close();

const third = Math.max(1, Math.floor(heaps.length / 3));
const early = median(heaps.slice(third, 2 * third));
const late = median(heaps.slice(-third));
console.log(`frames: ${frames.length}, ${quantiles(frames)}, with what else the machine does`);
console.log(`processor time: ${traced.length}, ${quantiles(traced)}`);
console.log(`page heap: ${mega(early)} in the middle third, ${mega(late)} in the last`);
console.log(
  `primary heap: ${mega(median(primary.slice(0, third)))}, then ${mega(median(primary.slice(-third)))}`,
);
console.log(
  `primary and its threads used ${((user + system) / 1e6 / (minutes * 60)).toFixed(2)} processors`,
);
const smooth = traced.length > 0 && quantile(traced, 0.99) < FRAME_MS;
const flat = late - early < GROWTH_BYTES;
if (!smooth || !flat || faults.length > 0) {
  console.log(
    [smooth ? '' : 'frames take too long', flat ? '' : 'memory grows', ...faults]
      .filter(Boolean)
      .join('\n'),
  );
  process.exitCode = 1;
}

/** What frames take of the page's main thread, whatever else runs beside it. */
async function processorMs(of: Browser): Promise<number[]> {
  const tracing = await of.newBrowserCDPSession();
  const found: number[] = [];
  tracing.on('Tracing.dataCollected', ({ value }) => {
    for (const { name, tdur } of value as { readonly name?: string; readonly tdur?: number }[]) {
      if (name === 'ProxyMain::BeginMainFrame' && tdur !== undefined) found.push(tdur / 1_000);
    }
  });
  const complete = new Promise((resolve) => void tracing.once('Tracing.tracingComplete', resolve));
  await tracing.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['cc'] },
  });
  await pause(TRACED_MS);
  await tracing.send('Tracing.end');
  await complete;
  return found;
}

function quantiles(of: readonly number[]): string {
  const [p50, p99, most] = [0.5, 0.99, 1].map((share) => `${quantile(of, share).toFixed(1)} ms`);
  return `frame p50 ${p50}, p99 ${p99}, longest ${most}`;
}

function quantile(of: readonly number[], share: number): number {
  const sorted = of.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function mega(size: number | undefined): string {
  return `${((size ?? 0) / 1e6).toFixed(1)} MB`;
}
