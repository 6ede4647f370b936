import {chromium, type Browser, type BrowserContextOptions, type Page} from 'playwright';
import {inject} from 'vitest';

/** Starts the Chromium that the suite was given. */
export const startChromium = (): Promise<Browser> => chromium.launch(inject('chromium'));

/** A page whose complaints and requests are written down. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors of the console, of the page and its workers. */
  readonly complaints: string[];
  /** Addresses that were asked for, in their order; what the page itself made is left out. */
  readonly requests: string[];
  readonly close: () => Promise<void>;
}

/** Opens an empty page in a context of its own. */
export async function watchedPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}, ...options});
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  context.on('request', (request) => {
    if (/^(https?|wss?):/.test(request.url())) requests.push(request.url());
  });
  return {page, complaints, requests, close: () => context.close()};
}
