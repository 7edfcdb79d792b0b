import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkPages } from '../src/check-pages.ts';
import { readPublishedPackages } from '../src/published-packages.ts';
import { serveFolder, type StaticServer } from './static-server.ts';

const SITE = path.join(import.meta.dirname, '../build/site');
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (file) => existsSync(file),
);

/** A guide with wide tables, one with long code, a README, a class of the API, and the front. */
const PAGES = [
  'index.html',
  'documents/Handlers.html',
  'documents/Options.html',
  'modules/_sockpool_typed-ffi.html',
  'classes/_sockpool_process-pool..ProcessPool.html',
];

test('every link of every page leads somewhere, and nothing comes from another host', () => {
  expect(checkPages(SITE)).toBeGreaterThan(500);
});

test('each published package has a page', () => {
  for (const { name } of readPublishedPackages()) {
    const file = path.join(SITE, 'modules', `${name.replace(/[@/]/g, '_')}.html`);
    expect(existsSync(file), name).toBe(true);
  }
});

test('the site is built after each published package', () => {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { devDependencies } = JSON.parse(manifest) as { readonly devDependencies: object };
  expect(Object.keys(devDependencies)).toEqual(
    expect.arrayContaining(readPublishedPackages().map(({ name }) => name)),
  );
});

describe.skipIf(CHROMIUM === undefined)('in a browser', () => {
  let browser: Browser;
  let server: StaticServer;

  beforeAll(async () => {
    server = await serveFolder(SITE);
    browser = await chromium.launch({
      executablePath: CHROMIUM as string,
      args: ['--no-sandbox', '--disable-gpu'],
      timeout: 120_000,
    });
  });

  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  describe.each([390, 1280])('%i pixels wide', (width) => {
    test.each(['light', 'dark'] as const)(
      'pages fit, alone and without a fault: %s',
      async (colorScheme) => {
        const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
        const faults: string[] = [];
        page.on('console', (message) => {
          if (message.type() !== 'log') faults.push(`${page.url()}: ${message.text()}`);
        });
        page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
        page.on('request', (request) => {
          if (!request.url().startsWith(server.origin)) faults.push(`asks for ${request.url()}`);
        });
        page.on('response', (response) => {
          if (response.status() !== 200) faults.push(`${response.status()} for ${response.url()}`);
        });
        const backgrounds = new Set<string>();
        for (const address of PAGES) {
          await page.goto(`${server.origin}/${address}`, { waitUntil: 'load', timeout: 120_000 });
          const [wide, background] = await page.evaluate<[number, string]>(
            '[document.documentElement.scrollWidth, getComputedStyle(document.body).backgroundColor]',
          );
          if (wide > width) faults.push(`${address} is ${wide} pixels wide`);
          backgrounds.add(background);
        }
        await page.close();
        expect(faults).toEqual([]);
        expect([...backgrounds]).toEqual([
          colorScheme === 'dark' ? 'rgb(43, 46, 51)' : 'rgb(242, 244, 248)',
        ]);
      },
    );

    test('the search finds a class', async () => {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      await page.goto(server.origin, { timeout: 120_000 });
      await page.click('#tsd-search-trigger', { timeout: 120_000 });
      await page.fill('#tsd-search-input', 'ProcessPool', { timeout: 120_000 });
      const found = page.locator('#tsd-search-results a', { hasText: 'ProcessPool' }).first();
      await found.click({ timeout: 120_000 });
      await page.waitForURL(/ProcessPool/, { timeout: 120_000 });
      await page.close();
    });
  });
});
