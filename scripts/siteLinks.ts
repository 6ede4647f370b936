/**
 * Checks the built site: every internal link, anchor and picture of every page leads somewhere.
 * `npm run docs:site` ends with it.
 */
import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs';
import path from 'node:path';

import {brokenLinks, type SitePage} from './sitePages';

const SITE = path.resolve('docs/.vitepress/dist');

const files = readdirSync(SITE, {recursive: true, encoding: 'utf8'})
  .filter((file) => file.endsWith('.html') && !path.basename(file).startsWith('sample-'))
  .map((file) => file.split(path.sep).join('/'));
const pages = new Map<string, SitePage>(
  files.map((file) => [file, {file, html: readFileSync(path.join(SITE, file), 'utf8')}]),
);
const isFile = (file: string) =>
  existsSync(path.join(SITE, file)) && statSync(path.join(SITE, file)).isFile();
const broken = brokenLinks(pages, isFile, process.env['DOCS_BASE'] ?? '/');
for (const line of broken) console.error(line);
console.log(`${pages.size} pages, ${broken.length} dead links`);
if (broken.length > 0 || pages.size < 100) process.exitCode = 1;
