/*
 * Makes the pictures of the documents, docs/images/playground-*.png, from the built site:
 *
 *     npm run playground:pictures
 */
import {fileURLToPath} from 'node:url';

import {chromium, type BrowserContextOptions} from 'playwright';
import {preview} from 'vite';

const OUT = fileURLToPath(new URL('../../docs/images/', import.meta.url));

const PICTURES: Readonly<Record<string, BrowserContextOptions>> = {
  light: {viewport: {width: 1360, height: 2080}, colorScheme: 'light'},
  dark: {viewport: {width: 1360, height: 1310}, colorScheme: 'dark'},
  phone: {viewport: {width: 390, height: 1500}, deviceScaleFactor: 2, isMobile: true},
};

const server = await preview({
  configFile: fileURLToPath(new URL('vite.config.ts', import.meta.url)),
  preview: {port: 0},
  logLevel: 'warn',
});
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'],
});
try {
  const site = server.resolvedUrls?.local[0] ?? '';
  for (const [name, options] of Object.entries(PICTURES)) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await page.goto(`${site}?backend=wasm`);
    const evaluated = name === 'light' ? ['Natural', 'PGD-AT', 'AT-BSL'] : ['Natural'];
    for (const network of evaluated) {
      await page.locator('label.choice', {hasText: network}).first().click();
      await page.waitForSelector('body[data-attack="done"]');
      if (name !== 'light') continue;
      const rows = await page.locator('#former-rows tr').count();
      await page.click('#evaluate');
      await page.waitForFunction(
        (count) => document.querySelectorAll('#former-rows tr').length > count,
        rows,
      );
    }
    await page.evaluate(() => {
      scrollTo(0, 0);
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    });
    await page.waitForTimeout(500);
    await page.screenshot({path: `${OUT}playground-${name}.png`});
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}
