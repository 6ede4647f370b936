import {existsSync} from 'node:fs';
import path from 'node:path';

import {chromium} from 'playwright';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const VIEWS = [
  {name: 'wide-light', width: 1400, colorScheme: 'light'},
  {name: 'wide-dark', width: 1400, colorScheme: 'dark'},
  {name: 'phone-light', width: 400, colorScheme: 'light'},
  {name: 'phone-dark', width: 400, colorScheme: 'dark'},
] as const;

/**
 * Pictures of whole pages as a wide screen and a phone show them, light and dark, and as they print.
 * Fails if a page is wider than its screen.
 *
 * @param pages - HTML by name.
 * @param folder - Where the pictures go: `name-wide-light.png` and so on, and `name.pdf`.
 */
export async function screenshots(
  pages: Readonly<Record<string, string>>,
  folder: string,
): Promise<void> {
  const executablePath = process.env['CHROMIUM_PATH'] ?? PLACES.find((file) => existsSync(file));
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : {executablePath}),
    args: ['--no-sandbox'],
  });
  try {
    for (const [name, html] of Object.entries(pages)) {
      for (const {name: view, width, colorScheme} of VIEWS) {
        const page = await browser.newPage({viewport: {width, height: 900}, colorScheme});
        await page.setContent(html);
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        if (overflow > 0) throw new Error(`${name}, ${view}: ${overflow} pixels too wide.`);
        await page.screenshot({path: path.join(folder, `${name}-${view}.png`), fullPage: true});
        await page.close();
      }
      const page = await browser.newPage({colorScheme: 'light'});
      await page.setContent(html);
      await page.pdf({path: path.join(folder, `${name}.pdf`), format: 'A4'});
      await page.close();
    }
  } finally {
    await browser.close();
  }
}
