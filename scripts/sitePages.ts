import path from 'node:path';

/** A page of the built site. */
export interface SitePage {
  /** Path in the site, with slashes. */
  readonly file: string;
  readonly html: string;
}

// Attributes are read by patterns: six hundred pages through a DOM would take minutes.
const LINKS = /<(?:a|img|link|script)\b[^>]*?\s(?:href|src)="([^"]*)"/g;
const IDS = /\s(?:id|name)="([^"]*)"/g;

const decoded = (text: string): string =>
  decodeURIComponent(text.replaceAll('&amp;', '&').replaceAll('&#39;', "'"));

const matches = (html: string, pattern: RegExp): string[] =>
  [...html.matchAll(pattern)].map(([, found = '']) => found);

/** The file that a path of the site is served from, with clean addresses. */
function fileOf(place: string, isFile: (file: string) => boolean): string | undefined {
  const candidates =
    place === '' || place.endsWith('/')
      ? [`${place}index.html`]
      : [place, `${place}.html`, `${place}/index.html`];
  return candidates.find(isFile);
}

/**
 * The links of a site that lead nowhere: to no file, or to no heading of a page.
 *
 * @param pages - All pages, by file.
 * @param isFile - Whether the site has a file.
 * @param base - Path that the site is served under.
 * @returns One line per link.
 */
export function brokenLinks(
  pages: ReadonlyMap<string, SitePage>,
  isFile: (file: string) => boolean,
  base: string,
): string[] {
  const ids = new Map<string, Set<string>>();
  const idsOf = ({file, html}: SitePage) => {
    const known = ids.get(file) ?? new Set(matches(html, IDS).map(decoded));
    ids.set(file, known);
    return known;
  };
  return [...pages.values()].flatMap((page) =>
    [...new Set(matches(page.html, LINKS))].flatMap((link) => {
      if (/^[a-z][\w+.-]*:/i.test(link) || link.startsWith('//')) return [];
      const [place = '', anchor = ''] = link.split('#');
      const absolute = place.startsWith('/')
        ? place.startsWith(base)
          ? place.slice(base.length)
          : undefined
        : place === ''
          ? page.file
          : path.posix.join(path.posix.dirname(page.file), place);
      const file = absolute === undefined ? undefined : fileOf(decoded(absolute), isFile);
      if (file === undefined) return [`${page.file}: no page ${link}`];
      const target = pages.get(file);
      if (anchor === '' || target === undefined || idsOf(target).has(decoded(anchor))) return [];
      return [`${page.file}: no heading ${link}`];
    }),
  );
}
