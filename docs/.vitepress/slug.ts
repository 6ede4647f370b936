/**
 * The anchor that GitHub gives to a heading. The site uses the same one, so that a link to a part of a
 * page works on both.
 */
export const slugOf = (heading: string): string =>
  heading
    .replace(/<[^>]*>/g, '')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
