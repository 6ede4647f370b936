import {readFileSync, writeFileSync} from 'node:fs';

import {figuresOf, type Kept} from './kept';

const PAGE = 'docs/mutation.md';
const [FROM, TO] = ['<!-- figures -->', '<!-- end of figures -->'];

const percent = (share: number): string => (100 * share).toFixed(1);

/** The first word of what a survivor was found to be. */
const wordOf = (kind: string): string => (kind === '' ? 'not looked at' : kind.replace(/:.*/s, ''));

function row(name: string, all: readonly Kept[]): string {
  const {tried, mutants, timeouts, atFirst, now, interval} = figuresOf(all);
  const words = all.flatMap(({survived}) => survived.map(({kind}) => wordOf(kind)));
  const counts = [...new Set(words)]
    .sort()
    .map((word) => `${words.filter((one) => one === word).length} ${word}`);
  const cells = [
    name,
    all.length === 1 ? (all[0]?.commit ?? '') : '',
    `${tried} of ${mutants}`,
    `${percent(atFirst / tried)} (${interval.map(percent).join(' to ')})`,
    String(timeouts),
    percent(now / tried),
    counts.join(', '),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The table of what is kept, in Markdown. */
export function tableOf(all: readonly Kept[]): string {
  const tried = all.filter((kept) => figuresOf([kept]).tried > 0);
  return [
    '| folder | commit | mutants run | caught when first run, % (95 % interval) | of them by time | caught today, % | survivors |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...tried.map((kept) => row(kept.folder, [kept])),
    ...(tried.length > 1 ? [row('together', tried)] : []),
  ].join('\n');
}

/** Puts the table into docs/mutation.md. */
export function writePage(all: readonly Kept[]): void {
  const text = readFileSync(PAGE, 'utf8');
  const [head = '', rest = ''] = text.split(FROM);
  const [, tail = ''] = rest.split(TO);
  writeFileSync(PAGE, `${head}${FROM}\n\n${tableOf(all)}\n\n${TO}${tail}`);
}
