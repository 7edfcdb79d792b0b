import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  formatHtmlReport,
  judgeRun,
  type LoadResult,
  parseThresholds,
  runLoad,
} from '../src/index.ts';
import { echoUpperCase, startServer } from './fixtures/echo-server.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);

/** Opens a page headless, with every request but those to files sent to the proxy; returns the DOM. */
async function openPage(html: string, proxyPort: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'load-report-'));
  const page = join(folder, 'report.html');
  await writeFile(page, html);
  const child = spawn(
    CHROMIUM ?? '',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--user-data-dir=${join(folder, 'profile')}`,
      `--proxy-server=127.0.0.1:${proxyPort}`,
      '--proxy-bypass-list=<-loopback>',
      '--virtual-time-budget=2000',
      '--dump-dom',
      pathToFileURL(page).href,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const [dom] = await Promise.all([text(child.stdout), once(child, 'close')]);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  return dom;
}

/** What Chromium asks its maker for by itself (the report holds no URL at all); the proxy lets nothing through. */
const BROWSERS_OWN = /^[A-Z]+ (?:https?:\/\/)?[\w.-]+\.(?:google|googleapis|gvt1)\.com[:/]/;

/** A script that measures the drawn plots; it stands for the reader's eye. */
const MEASURE = `<script>
for (const line of document.querySelectorAll('polyline')) {
  const box = line.getBBox();
  line.setAttribute('data-drawn', Math.round(line.getTotalLength()) + ' ' + Math.round(box.width));
}
document.body.dataset.resources = performance.getEntriesByType('resource').length;
</script>`;

/**
 * Looks at reports as axe-core does, each on a phone that is 390 pixels wide, and tells what it
 * found in each of them. One browser shows all of them.
 */
async function lookAt(reports: readonly string[], theme: 'light' | 'dark'): Promise<string[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const frames = reports.map((report, index) => {
    const look = `<script>${axe.replaceAll('</script>', '<\\/script>')}</script><script>
      axe.run().then(({ violations }) => {
        const found = violations.map(({ id, nodes }) => id + ': ' + nodes[0].html);
        const wide = document.documentElement.scrollWidth > 390 ? ['wider than the phone'] : [];
        parent.document.body.setAttribute('data-found-${index}', JSON.stringify([...found, ...wide]));
      });</script>`;
    const page = report
      .replace("default-src 'none'", "default-src 'none'; script-src 'unsafe-inline'")
      .replace('(prefers-color-scheme: dark)', theme === 'dark' ? 'all' : 'not all')
      .replace('color-scheme: light dark', `color-scheme: ${theme}`)
      .replace('</body>', () => `${look}</body>`);
    const framed = page.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    return `<iframe width="390" height="2000" srcdoc="${framed}"></iframe>`;
  });
  const dom = await openPage(`<!doctype html><body>${frames.join('')}`, 9);
  return reports.map(
    (_, index) =>
      new RegExp(`data-found-${index}="([^"]*)"`).exec(dom)?.[1]?.replaceAll('&quot;', '"') ??
      'nothing was looked at',
  );
}

describe.skipIf(CHROMIUM === undefined)(
  'HTML report in Chromium (skipped where no Chromium is installed)',
  () => {
    test('the plots are drawn and no request leaves the page', async () => {
      await using server = await startServer(echoUpperCase);
      const result = await runLoad({
        port: server.port,
        connections: 4,
        rate: 300,
        durationMs: 2200,
      });
      const requests: string[] = [];
      await using proxy = await startServer((socket) => {
        socket.on('data', (chunk) => {
          requests.push(chunk.toString());
          socket.destroy();
        });
      });
      const report = formatHtmlReport(result);
      expect(report).not.toMatch(/https?:\/\//);
      // The measuring script needs leave of the page's own policy, which allows no script at all.
      const measured = report
        .replace("default-src 'none'", "default-src 'none'; script-src 'unsafe-inline'")
        .replace('</body>', `${MEASURE}</body>`);
      const dom = await openPage(measured, proxy.port);
      const drawn = [...dom.matchAll(/data-drawn="(\d+) (\d+)"/g)];
      expect(drawn).toHaveLength(10);
      for (const [, length, width] of drawn) {
        expect(Number(length)).toBeGreaterThan(300);
        expect(Number(width)).toBeGreaterThan(300);
      }
      for (const id of [
        'latency-by-percentile',
        'latency-histogram',
        'rate-over-time',
        'errors-over-time',
        'connections-over-time',
      ]) {
        expect(dom).toContain(`id="${id}"`);
      }
      expect(requests.filter((request) => !BROWSERS_OWN.test(request))).toEqual([]);
      expect(dom).toContain('data-resources="0"');

      // The proxy would have seen a request: this page makes one.
      await openPage('<img src="http://192.0.2.1/x.png">', proxy.port);
      expect(requests.join()).toContain('/x.png');
    });

    test.each(['light', 'dark'] as const)(
      'axe-core finds nothing wrong in the %s theme, and a phone shows it without scrolling sideways',
      async (theme) => {
        await using server = await startServer(echoUpperCase);
        const load = { port: server.port, connections: 4, requests: 20, label: 'nightly' };
        const measured = await runLoad({ ...load, expectedReply: 'same' });
        const result: LoadResult = {
          ...measured,
          statuses: { 200: 79, 503: 1 },
          client: { ...measured.client, saturated: true },
          conditions: judgeRun(measured, parseThresholds('p99<5s,errors=0')),
        };
        // What is wrong would have been found.
        const pale = formatHtmlReport(result).replace('--ink: #1b1f24', '--ink: #ddd');
        const faint = pale.replace('--ink: #e8eaed', '--ink: #333');
        const shown = [formatHtmlReport(result), formatHtmlReport([result, result]), faint];
        const [one, two, wrong] = await lookAt(shown, theme);
        expect([one, two]).toEqual(['[]', '[]']);
        expect(wrong).toContain('color-contrast');
      },
    );
  },
);
