/** A real Chromium, for tests of the inspector. */
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { CHROMIUM, noBrowser } from './chromium.ts';

export { noBrowser };

export type Watched = { page: Page; /** What a page that is sound never does: errors, dialogs, breaches of its content security policy. */ complaints: string[] };

/** One browser for the tests of a file. Each page has cookies of its own, and is closed with its test. */
export function withBrowser(): { open(url: string, options?: { width?: number; height?: number }): Promise<Watched> } {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (!noBrowser) browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());
  return {
    async open(url, { width = 1440, height = 900 } = {}) {
      const context = await browser!.newContext({ viewport: { width, height }, reducedMotion: 'reduce' });
      onTestFinished(() => context.close());
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
      page.on('dialog', (dialog) => void (complaints.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
      page.on('console', (message) => {
        // What a page says of a runner that is not there is no fault of its own.
        if (message.type() === 'error' && !/ERR_CONNECTION_REFUSED|WebSocket|401/.test(message.text())) complaints.push(`console: ${message.text()}`);
      });
      await page.goto(url);
      return { page, complaints };
    },
  };
}
