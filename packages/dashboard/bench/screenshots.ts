// Takes pictures of the page in both themes and three widths: node bench/screenshots.ts [--out FOLDER] [--seconds N]
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startChromium } from '../test/fixtures/chromium.ts';
import { pause, watchedPool } from './watched-pool.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(import.meta.dirname, '../build/screenshots') },
    seconds: { type: 'string', default: '60' },
  },
});
const seconds = Number(values.seconds);
await mkdir(values.out, { recursive: true });

await using watched = await watchedPool({ workers: 4, clients: 40, thinkMs: 120 });
const { pool, dashboard, ask } = watched;
await pause(seconds * 400);
await pool.restart();
await pause(seconds * 300);
await ask('/die');
await pause(seconds * 300);
void ask('/slow?ms=9000');
await pause(300);
const restarting = pool.restart();
await pause(3_500);

const browser = await startChromium();
for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 1280, 2560]) {
    const page = await browser.newPage({ viewport: { width, height: 1_000 }, colorScheme });
    await page.goto(dashboard.url);
    await page.check('input[value="60"]');
    await page.waitForSelector('[data-link="live"]');
    // The page draws what is in sight only.
    const height = await page.evaluate<number>('document.documentElement.scrollHeight');
    await page.setViewportSize({ width, height });
    await pause(1_500);
    const path = join(values.out, `${colorScheme}-${width}.png`);
    await page.screenshot({ path });
    console.log(path);
    await page.close();
  }
}
await browser.close();
await restarting;
