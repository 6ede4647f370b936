import {existsSync, readFileSync, statSync} from 'node:fs';
import path from 'node:path';

import {describe, expect, it} from 'vitest';

import siteConfig from '../../docs/.vitepress/config';
import {brokenLinks, type SitePage} from '../../scripts/sitePages';
import {ROOT, filesBelow, publicFolders, readSources} from '../package/sources';
import {anchorsOf, deadLinks, linksOf} from './links';

const pages = filesBelow('docs').filter(
  (file) => file.endsWith('.md') && !/^(api|\.vitepress)\//.test(file),
);
const documents = [
  ...['README.md', 'CHANGELOG.md', 'SECURITY.md', 'AGENTS.md', 'llms.txt'],
  ...pages.map((file) => `docs/${file}`),
];

const textOf = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

// What a link of the documents leads to: a file, a page of the site's `public` folder, a folder.
function read(file: string): string | undefined {
  const places = [file, file.replace(/^docs\//, 'docs/public/')].map((place) =>
    path.join(ROOT, place),
  );
  const found = places.find((place) => existsSync(place));
  if (found === undefined) return undefined;
  return statSync(found).isFile() && /\.(md|txt)$/.test(found) ? readFileSync(found, 'utf8') : '';
}

interface Item {
  readonly link?: string;
  readonly items?: readonly Item[];
}
const linksIn = (items: readonly Item[]): string[] =>
  items.flatMap(({link, items: inner = []}) => [
    ...(link === undefined ? [] : [link]),
    ...linksIn(inner),
  ]);

describe('the links of the documents', () => {
  it.each(documents)('of %s lead to files and headings that are there', (file) => {
    expect(deadLinks(file, textOf(file), read)).toEqual([]);
  });

  it('of the site name every page once', () => {
    const sidebar = siteConfig.themeConfig?.sidebar as Record<string, readonly Item[]>;
    const linked = linksIn(sidebar['/'] ?? []).map((link) =>
      link === '/' ? 'index.md' : `${link.slice(1).replace(/\/$/, '/index')}.md`,
    );
    const guides = pages.filter((file) => !file.startsWith('decisions/0'));
    expect([...linked].sort()).toEqual([...guides].sort());
  });
});

describe('AGENTS.md and llms.txt', () => {
  const scripts = Object.keys(
    (JSON.parse(textOf('package.json')) as {scripts: Record<string, string>}).scripts,
  );
  const sources = [...readSources()];
  const code = (file: string) =>
    [...textOf(file).matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);

  it.each(['AGENTS.md', 'llms.txt'])('%s names only what exists', (file) => {
    const names = code(file);
    const wrong = names.filter((name) => {
      const script = /^npm run ([\w:]+)$/.exec(name)?.[1];
      if (script !== undefined) return !scripts.includes(script);
      if (/^lt-robust\/\w+$/.test(name)) return !publicFolders().includes(name.slice(10));
      if (/^(src|test|docs|scripts|examples)\//.test(name))
        return !existsSync(path.join(ROOT, name));
      if (!/^[a-z]\w+[A-Z]\w*$|^[A-Z]\w+[a-z]\w*$/.test(name)) return false; // no identifier of ours
      return !sources.some(([, text]) => new RegExp(`\\b${name}\\b`).test(text));
    });
    expect(wrong).toEqual([]);
    expect(names.length).toBeGreaterThan(10);
  });

  it('and README name every subpath that is not in the root', () => {
    const inRoot = /from '\.\/(\w+)\/index'/g;
    const rooms = new Set([...textOf('src/index.ts').matchAll(inRoot)].map(([, room]) => room));
    for (const folder of publicFolders()) {
      expect(textOf('README.md'), folder).toContain(`\`lt-robust/${folder}\``);
      if (!rooms.has(folder) && folder !== 'trainers') {
        expect(textOf('llms.txt'), folder).toContain(`\`lt-robust/${folder}\``);
      }
    }
  });

  it('llms.txt lists every guide', () => {
    const listed = linksOf(textOf('llms.txt')).map(({target}) => target);
    const guides = pages.filter(
      (file) => !/^(index|changelog|benchmarks|mutation)\.md$|^decisions\//.test(file),
    );
    expect(guides.filter((file) => !listed.includes(`docs/${file}`))).toEqual([]);
  });
});

describe('the check of links', () => {
  const files = new Map([
    ['docs/b.md', '# Title\n\n## A part: `x`, and *more*\n\n## Twice\n## Twice\n'],
  ]);
  const dead = (text: string) => deadLinks('docs/a.md', text, (file) => files.get(file));

  it('finds files and headings that are not there', () => {
    expect(dead('a [b](b.md), [c](c.md)\n\n[d](b.md#none)')).toEqual([
      'docs/a.md:1: there is no docs/c.md',
      'docs/a.md:3: docs/b.md has no heading #none',
    ]);
    expect(dead('![p](p.png) <a href="q.html">q</a>\n[r]: ./r.md')).toHaveLength(3);
  });

  it('lets those pass that are, and code, and other sites', () => {
    expect(dead('[b](b.md#a-part-x-and-more) [t](./b.md#twice-1) [w](https://x.org/y)')).toEqual(
      [],
    );
    expect(dead('`[c](c.md)`\n\n```md\n[c](c.md)\n```\n\n    [x][c] c.md\n')).toEqual([]);
  });

  it('makes anchors as GitHub does', () => {
    expect([...anchorsOf(files.get('docs/b.md')!)]).toEqual([
      ...['title', 'a-part-x-and-more', 'twice', 'twice-1'],
    ]);
  });

  it('finds what is broken in a built site', () => {
    const page = (file: string, html: string): [string, SitePage] => [file, {file, html}];
    const site = new Map([
      page(
        'index.html',
        '<a href="/base/a">a</a><a href="/base/a#x">x</a><a href="/base/a#y">y</a>',
      ),
      page('a.html', '<h2 id="x">x</h2><img src="p.png"><a href="#x">x</a><a href="/other">o</a>'),
    ]);
    const isFile = (file: string) => site.has(file);
    expect(brokenLinks(site, isFile, '/base/')).toEqual([
      'index.html: no heading /base/a#y',
      'a.html: no page p.png',
      'a.html: no page /other',
    ]);
  });
});
