import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DashboardServer, serveDashboard } from '@sockpool/dashboard';
import { ThreadPool } from '@sockpool/thread-pool';
import type { Browser, Download, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { CHROMIUM_HINT, hasChromium, startChromium } from './fixtures/chromium.ts';
import { axeFindings, openPage } from './fixtures/opened-page.ts';

const TOKEN = 'sixteen-characters-or-more';

/** Figures of the page, as a person reads them. */
interface Shown {
  readonly requests: string;
  readonly active: string;
  readonly connections: string;
  readonly workers: readonly string[];
}

const READ_FIGURES = `(() => {
  const text = (selector) => document.querySelector(selector)?.textContent ?? '';
  const total = (id) => text('[data-figure="' + id + '"] + .more').replace(' in total', '');
  return {
    requests: total('rate'),
    active: text('[data-figure="active"]'),
    connections: total('active'),
    workers: [...document.querySelectorAll('#workers-body tr')].map((row) => {
      const cell = (name) => row.querySelector('[data-column="' + name + '"] .text').textContent;
      return [row.dataset.worker, row.dataset.native, cell('state'), cell('generation'),
        cell('activeConnections'), cell('totalConnections')].join(' ');
    }),
  };
})()`;

async function enterToken(page: Page, token: string): Promise<void> {
  await page.fill('dialog input[name="token"]', token);
  await page.click('dialog button[type="submit"]');
}

describe.skipIf(!hasChromium)(`The page in a browser (without one: ${CHROMIUM_HINT})`, () => {
  let browser: Browser;
  let pool: ThreadPool;
  let dashboard: DashboardServer;
  let folder: string;
  let hangFile: string;
  let served = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
    hangFile = join(folder, 'hang');
    pool = new ThreadPool({
      handler: new URL('./fixtures/handler.ts', import.meta.url),
      workers: 2,
      workerData: hangFile,
      metrics: true,
      protection: { deny: ['127.0.0.2'] },
      rollout: { minReadyMs: 0 },
      health: { stuckTimeoutMs: 600_000 },
      closeOnSignals: false,
    });
    await pool.listen();
    dashboard = await serveDashboard(pool, { name: 'shop', token: TOKEN, sampleMs: 250 });
    browser = await startChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await pool?.destroy();
    await dashboard?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** One request, on a connection of its own. */
  function request(path: string): http.ClientRequest {
    const { port } = pool.address as AddressInfo;
    return http.get({ host: '127.0.0.1', port, path, agent: false }).on('error', () => undefined);
  }

  async function ask(path: string): Promise<void> {
    const [response] = (await once(request(path), 'response')) as [http.IncomingMessage];
    served += 1;
    await once(response.resume(), 'close');
  }

  /** What the page is to show, by what the pool says of itself. */
  async function counted(): Promise<Shown> {
    const { total, workers } = await pool.stats();
    return {
      requests: String(served),
      active: String(total.activeConnections),
      connections: String(total.totalConnections),
      workers: workers.map(({ workerId, nativeId, state, generation, report }) =>
        [
          workerId,
          nativeId,
          state,
          generation,
          report?.activeConnections,
          report?.totalConnections,
        ].join(' '),
      ),
    };
  }

  test('shows what stats() says, of the pool and of each worker', async () => {
    const { page, faults } = await openPage(browser, dashboard.url);
    for (let index = 0; index < 30; index += 1) await ask('/');
    const held = request('/wait');
    onTestFinished(() => void held.destroy());
    await expect.poll(async () => (await pool.stats()).total.activeConnections).toBe(1);
    await expect
      .poll(async () => ({ shown: await page.evaluate(READ_FIGURES), now: await counted() }))
      .toSatisfy(({ shown, now }: { shown: Shown; now: Shown }) => {
        return JSON.stringify(shown) === JSON.stringify(now);
      });
    expect(served).toBeGreaterThanOrEqual(30);
    expect(faults).toEqual([]);
  });

  test('tells what each worker refused, by cause', async () => {
    const { page } = await openPage(browser, dashboard.url);
    const told = once(pool, 'connectionRefused') as Promise<[unknown, { workerId: number }]>;
    const { port } = pool.address as AddressInfo;
    net
      .connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' })
      .on('error', () => undefined);
    const [, { workerId }] = await told;
    await page.waitForSelector(
      `[data-refused-by="${workerId}"] >> text="Worker ${workerId}: denied 1"`,
    );
  });

  test('marks a restart in the plots, their table and the events, and tells what holds it up', async () => {
    const { page, faults } = await openPage(browser, dashboard.url);
    const held = request('/wait');
    onTestFinished(() => void held.destroy());
    await expect.poll(async () => (await pool.stats()).total.activeConnections).toBeGreaterThan(0);
    await page.click('#figures summary');
    const { promise: begun, resolve } = Promise.withResolvers<number>();
    pool.once('restarting', resolve);
    const restarted = pool.restart({ graceMs: 600_000 });
    const generation = await begun;
    await page.waitForSelector('#drain >> text=GET /wait');
    held.destroy();
    await restarted;
    await page.waitForSelector(`#events >> text=Restart ${generation} is done`);
    await page.waitForSelector(`#figures-table >> text=Restart ${generation} begins`);
    await page.waitForSelector('#drain >> text=No worker is on its way out');
    await expect
      .poll(() => page.locator('#workers-body td[data-column="generation"]').allTextContents())
      .toEqual([0, 1].map(() => expect.stringContaining(String(generation))));
    // Nothing else in this plot has the color of restarts.
    const marked = `(() => {
      const probe = document.body.appendChild(document.createElement('i'));
      probe.style.color = 'var(--mark-restart)';
      const color = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
      probe.remove();
      const canvas = document.querySelector('#chart-active canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let pixels = 0;
      for (let at = 0; at < data.length; at += 4) {
        if (color.every((part, index) => Math.abs(data[at + index] - part) < 8)) pixels += 1;
      }
      return pixels;
    })()`;
    await expect.poll(() => page.evaluate(marked)).toBeGreaterThan(50);
    expect(faults).toEqual([]);
  });

  test('acts with the token and not without, and keeps it in no place', async () => {
    const { page, faults } = await openPage(browser, dashboard.url);
    const posts: (string | undefined)[] = [];
    page.on('request', (asked) => {
      if (asked.method() === 'POST') posts.push(asked.headers()['authorization']);
    });
    await page.click('#pause');
    await page.waitForSelector('dialog >> text=Enter the token');
    await enterToken(page, 'not-the-right-token');
    await page.waitForSelector('dialog >> text=the token is wrong');
    expect(posts).toEqual([]);
    expect(pool.health().readiness.ok).toBe(true);
    await enterToken(page, TOKEN);
    await page.click('dialog >> text="Pause" >> nth=-1');
    await page.waitForSelector('#state >> text=paused');
    expect(pool.health().readiness.reasons).toEqual(['the pool is paused']);
    await page.click('#pause');
    await page.click('dialog button[type="submit"]');
    await page.waitForSelector('#state >> text=listening');
    const { generation } = pool.metrics();
    await page.click('#restart');
    await page.click('dialog button[type="submit"]');
    await page.waitForSelector(`dialog >> text=Generation ${generation + 1} serves`);
    await page.keyboard.press('Escape');
    await page.click('#resize');
    await page.fill('dialog input[name="workers"]', '3');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog >> text=3 workers serve');
    await page.keyboard.press('Escape');
    expect(pool.workerCount).toBe(3);
    await pool.resize(2);
    expect(posts).toEqual(posts.map(() => `Bearer ${TOKEN}`));
    const kept = await page.evaluate<string>(
      'JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])',
    );
    expect(kept).not.toContain(TOKEN);
    expect(await page.context().cookies()).toEqual([]);
    await page.click('#unlock');
    await page.click('#restart');
    await page.waitForSelector('dialog >> text=Enter the token');
    // The browser itself tells of the wrong token, and of nothing else.
    expect(faults).toEqual([
      `401 for ${dashboard.url}token`,
      expect.stringContaining('status of 401'),
    ]);
  });

  test('shows a stack, and saves a profile and a heap snapshot, a click away', async () => {
    const { page, faults } = await openPage(browser, dashboard.url);
    const saved = async (): Promise<unknown> => {
      const [download] = (await Promise.all([
        page.waitForEvent('download'),
        page.click('dialog button[type="submit"]'),
      ])) as [Download, void];
      expect(download.suggestedFilename()).toMatch(/^worker-0-\d+\.(cpuprofile|heapsnapshot)$/);
      const path = join(folder, download.suggestedFilename());
      await download.saveAs(path);
      await page.waitForSelector('dialog >> text=Saved as');
      await page.keyboard.press('Escape');
      return JSON.parse(await readFile(path, 'utf8'));
    };
    const look = (task: string): Promise<void> =>
      page.click(`tr[data-worker="0"] >> button:text-is("${task}")`);
    await look('Stack');
    await enterToken(page, TOKEN);
    await page.waitForSelector('dialog pre >> text=/    at /');
    await page.click('dialog >> text=Close');
    await look('Profile');
    await page.fill('dialog input[name="seconds"]', '0.1');
    expect(await saved()).toHaveProperty('nodes');
    await look('Heap');
    expect(await saved()).toHaveProperty('snapshot');
    expect(faults).toEqual([]);
  });

  test('shows old figures as old: of a worker that hangs, and when the server is gone', async () => {
    await using brief = await serveDashboard(pool, { name: 'brief', sampleMs: 250 });
    const { page } = await openPage(browser, brief.url);
    await writeFile(hangFile, '');
    onTestFinished(() => rm(hangFile, { force: true }));
    const answered = ask('/hang');
    await page.waitForSelector('tr[data-old] >> text=/silent for/');
    await rm(hangFile);
    await answered;
    await page.waitForSelector('tr[data-old]', { state: 'detached' });
    // A busy machine may have held up a few samples.
    await page.waitForSelector('#banner', { state: 'hidden' });
    await brief.close();
    await page.waitForSelector('#banner >> text=These figures are old');
    expect(await page.textContent('#link')).toMatch(/^No connection, figures are \d+ s old$/);
    expect(await page.isEnabled('#restart')).toBe(false);
    await using again = await serveDashboard(pool, { name: 'brief', port: brief.address.port });
    expect(again.url).toBe(brief.url);
    await page.waitForSelector('#banner', { state: 'hidden' });
    await page.waitForSelector('body[data-link="live"]:not([data-old])');
  });

  test('lets no page of another site through', async () => {
    const attacks = `
      const url = ${JSON.stringify(dashboard.url)};
      const authorization = ${JSON.stringify(`Bearer ${TOKEN}`)};
      const post = (init) => fetch(url + 'v1/pause', { method: 'POST', ...init });
      const tries = [
        () => fetch(url + 'v1/stats').then((r) => r.text()),
        () => fetch(url + 'live').then((r) => r.text()),
        () => post({ headers: { authorization } }),
        () => post({ mode: 'no-cors' }).then((r) => { if (r.type === 'opaque') throw 0; }),
        () => import(url + 'main.js'),
        () => new Promise((resolve, reject) => {
          Object.assign(document.createElement('img'), { src: url + 'favicon.svg', onload: resolve, onerror: reject });
        }),
        () => new EventSource(url + 'v1/events') && new Promise((resolve, reject) => {
          const source = new EventSource(url + 'v1/events');
          source.onopen = resolve;
          source.onerror = () => { source.close(); reject(); };
        }),
      ];
      const results = await Promise.allSettled(tries.map((each) => each()));
      const frame = document.body.appendChild(Object.assign(document.createElement('iframe'), { src: url }));
      await new Promise((resolve) => { frame.onload = resolve; });
      let framed = 'blocked';
      try { framed = frame.contentDocument === null ? 'blocked' : frame.contentDocument.title; } catch {}
      window.outcome = results.map(({ status }) => status).concat(framed);`;
    const site = http.createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<!doctype html><body><script type="module">${attacks}</script>`);
    });
    await once(site.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void site.close().closeAllConnections());
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    const statuses = new Set<number>();
    page.on('response', (response) => {
      if (response.url().startsWith(dashboard.url)) statuses.add(response.status());
    });
    // Another name of this machine is another site; another port of the same name the same site.
    for (const host of ['localhost', '127.0.0.1']) {
      await page.goto(`http://${host}:${(site.address() as AddressInfo).port}/`);
      const outcome = await page.waitForFunction('window.outcome');
      expect(await outcome.jsonValue()).toEqual([...Array(7).fill('rejected'), 'blocked']);
    }
    expect([...statuses]).toEqual([403]);
    expect(pool.health().readiness.ok).toBe(true);
  });

  describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
    test.each([390, 1280, 2560])(
      'fits %i pixels, says nothing on the console, and axe-core finds nothing wrong',
      async (width) => {
        // What is in the table takes axe-core its time.
        await using brief = await serveDashboard(pool, {
          name: 'shop',
          token: TOKEN,
          sampleMs: 250,
          historyMs: 5_000,
        });
        const { page, faults } = await openPage(browser, brief.url, {
          viewport: { width, height: 900 },
          colorScheme,
        });
        await page.click('#figures summary');
        await page.waitForSelector('#figures-table tbody tr');
        const tooWide = `[...document.querySelectorAll('body *')].filter((each) =>
          each.getBoundingClientRect().right > innerWidth + 1 && each.closest('.scroll, .drawing, .hidden, thead, .skip') === null
        ).map((each) => each.outerHTML.slice(0, 120))`;
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        expect(await page.evaluate(tooWide)).toEqual([]);
        expect(await axeFindings(page)).toEqual([]);
        await page.click('#unlock');
        await page.waitForSelector('dialog[open]');
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        if (width === 1280) expect(await axeFindings(page)).toEqual([]);
        expect(faults).toEqual([]);
      },
    );
  });
});
