/** A fraction as a percentage with one decimal, `-` where there is none: 0.3125 is "31.3 %". */
export const percent = (share: number | null): string =>
  share === null ? '-' : `${(100 * share).toFixed(1)} %`;

/** Both ends of an interval as percentages: "25.6 to 36.9 %". */
export const percentRange = (interval: readonly [number, number] | null): string =>
  interval === null
    ? '-'
    : `${(100 * interval[0]).toFixed(1)} to ${(100 * interval[1]).toFixed(1)} %`;

/** A number with at most four significant digits, without trailing zeros. */
export const short = (value: number): string => String(Number(value.toPrecision(4)));

/** An epsilon as papers write it: as a fraction of 255 where it is one, "8/255". */
export function epsilonText(epsilon: number): string {
  const levels = epsilon * 255;
  const whole = Math.round(levels);
  return whole > 0 && Math.abs(levels - whole) < 1e-4 ? `${whole}/255` : short(epsilon);
}

/** A whole number with separators for thousands: "12,345". */
export const count = (value: number): string => value.toLocaleString('en-US');

/** The name of a class beside its number: `3 (cat)`; the number alone without names. */
export function classLabel(label: number, names?: readonly string[]): string {
  const name = names?.[label];
  return name === undefined || name === String(label) ? String(label) : `${label} (${name})`;
}

/** How a column of a table is aligned. */
export type Alignment = 'left' | 'right';

/** A table as plain text: columns of equal width, two spaces between, a line under the head. */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[],
): string {
  // Code points: an accent or an emoji of a class name is not two letters.
  const widthOf = (text: string) => Array.from(text).length;
  const widths = head.map((title, column) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    widths
      .map((width, column) => {
        const text = cells[column] ?? '';
        const padding = ' '.repeat(width - widthOf(text));
        return alignments[column] === 'right' ? padding + text : text + padding;
      })
      .join('  ')
      .trimEnd();
  return [head, widths.map((width) => '─'.repeat(width)), ...rows].map(line).join('\n');
}

// A pipe would end a cell, and what looks like markup would be markup.
const markdownCell = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/[\\`*_[\]|~]/g, '\\$&');

/** A table in Markdown; what stands in a cell is shown as it is, markup included. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.map(markdownCell).join(' | ')} |`;
  const rule = `| ${alignments.map((side) => (side === 'right' ? '---:' : '---')).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
