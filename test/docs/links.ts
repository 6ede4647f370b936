import path from 'node:path';

import {slugOf} from '../../docs/.vitepress/slug';

/** A link or picture of a document. */
export interface Link {
  readonly line: number;
  readonly target: string;
}

/** Text with what stands in fences and code taken out: it links nothing. */
export function proseOf(text: string): string {
  const blank = (part: string) => part.replace(/[^\n]/g, ' ');
  return text
    .replace(/^( *)```[^]*?^\1```/gm, blank)
    .replace(/^ {4,}\S.*$/gm, (line) =>
      /^\s*(?:[-*]|\d+\.)\s|\]\(/.test(line) ? line : blank(line),
    )
    .replace(/`[^`\n]*`/g, blank);
}

/** All links and pictures of a Markdown text, in Markdown or HTML. */
export function linksOf(text: string): Link[] {
  const prose = proseOf(text);
  const found = [...prose.matchAll(/\]\(([^()\s]+)\)|(?:href|src)="([^"]+)"|^\[[^\]]+\]: (\S+)/gm)];
  return found.map(({index, 1: inline, 2: attribute, 3: reference}) => ({
    line: prose.slice(0, index).split('\n').length,
    target: inline ?? attribute ?? reference ?? '',
  }));
}

/** The anchors of the headings of a Markdown text, as GitHub and the site make them. */
export function anchorsOf(text: string): Set<string> {
  const counts = new Map<string, number>();
  const lines = text.replace(/^( *)```[^]*?^\1```/gm, '').split('\n');
  const headings = lines.flatMap((line) => /^#{1,6} +(.*?)\s*$/.exec(line)?.[1] ?? []);
  return new Set(
    headings.map((heading) => {
      const slug = slugOf(heading.replace(/[`*]|\]\([^)]*\)/g, '').replaceAll('[', ''));
      const seen = counts.get(slug) ?? 0;
      counts.set(slug, seen + 1);
      return seen === 0 ? slug : `${slug}-${seen}`;
    }),
  );
}

/**
 * The links of a document that lead to no file, or to no heading of one.
 *
 * @param file - Path of the document in the repository.
 * @param text - Its text.
 * @param read - Text of a file of the repository; nothing where there is none.
 */
export function deadLinks(
  file: string,
  text: string,
  read: (file: string) => string | undefined,
): string[] {
  return linksOf(text).flatMap(({line, target}) => {
    if (/^[a-z][\w+.-]*:/i.test(target)) return [];
    const [place = '', anchor = ''] = target.split('#');
    const other =
      place === '' ? file : path.posix.normalize(path.posix.join(path.posix.dirname(file), place));
    const content = read(other);
    if (content === undefined) return [`${file}:${line}: there is no ${other}`];
    if (anchor === '' || anchorsOf(content).has(anchor)) return [];
    return [`${file}:${line}: ${other} has no heading #${anchor}`];
  });
}
