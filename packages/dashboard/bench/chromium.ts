import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const FILE = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (file) => existsSync(file),
);

/** Whether there is a browser. */
export const hasChromium: boolean = FILE !== undefined;

/** How to get one. */
export const CHROMIUM_HINT = 'install Chromium, such as by apt-get install chromium';

/** Starts it without a window. */
export function startChromium(): Promise<Browser> {
  if (FILE === undefined) throw new Error(`Cannot start a browser: ${CHROMIUM_HINT}`);
  return chromium.launch({
    executablePath: FILE,
    args: ['--no-sandbox', '--disable-gpu'],
    timeout: 120_000,
  });
}
