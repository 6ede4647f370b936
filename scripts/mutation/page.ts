import {readFileSync, writeFileSync} from 'node:fs';

import {figuresOf, type Kept, newestOf, scoresOf} from './kept';

const PAGE = 'docs/mutation.md';
const [FROM, TO] = ['<!-- figures -->', '<!-- end of figures -->'];

const percent = (share: number): string => (100 * share).toFixed(1);

/** The first word of what a survivor was found to be. */
const wordOf = (kind: string): string => (kind === '' ? 'not looked at' : kind.replace(/:.*/s, ''));

function countsOf(all: readonly Kept[]): string {
  const words = all.flatMap(({survived}) => survived.map(({kind}) => wordOf(kind)));
  return [...new Set(words)]
    .sort()
    .map((word) => `${words.filter((one) => one === word).length} ${word}`)
    .join(', ');
}

function row(kept: Kept): string {
  const {tried, mutants, atFirst, bySuite, now, interval} = figuresOf([kept]);
  const newest = newestOf(kept);
  const [share, real] = scoresOf(newest);
  const cells = [
    kept.folder,
    kept.commit,
    `${tried} of ${mutants}`,
    percent(atFirst / tried),
    `${percent(bySuite / tried)} (${interval.map(percent).join(' to ')})`,
    `${percent(share)} of ${newest.run}`,
    `${percent(real)} of ${newest.run - newest.equivalent}`,
    percent(now / tried),
    countsOf([kept]),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** A share of all mutants there are: of each folder's, the share that its sample had. */
function weighted(all: readonly Kept[], share: (kept: Kept) => number): string {
  const total = all.reduce((sum, {mutants}) => sum + mutants, 0);
  return percent(all.reduce((sum, kept) => sum + kept.mutants * share(kept), 0) / total);
}

/** The table of what is kept, in Markdown, its last row weighted by the mutants of the folders. */
export function tableOf(all: readonly Kept[]): string {
  const tried = all.filter((kept) => figuresOf([kept]).tried > 0);
  const of = (pick: (figures: ReturnType<typeof figuresOf>) => number) =>
    weighted(tried, (kept) => pick(figuresOf([kept])) / figuresOf([kept]).tried);
  const newest = ([0, 1] as const).map((which) =>
    weighted(tried, (kept) => scoresOf(newestOf(kept))[which]),
  );
  const {tried: run, mutants} = figuresOf(tried);
  const last = [
    ...['all, weighted', '', `${run} of ${mutants}`, of(({atFirst}) => atFirst)],
    ...[of(({bySuite}) => bySuite), ...newest, of(({now}) => now), countsOf(tried)],
  ];
  return [
    '| folder | commit | mutants run | beside, % | all tests, % (95 % interval) | newest sample, % | without equivalents, % | today, % | survivors |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...tried.map(row),
    ...(tried.length > 1 ? [`| ${last.join(' | ')} |`] : []),
  ].join('\n');
}

/** What survives and is no message, by folder, in Markdown. */
export function survivorsOf(all: readonly Kept[]): string {
  return all
    .flatMap(({survived}) => survived)
    .filter(({kind}) => kind !== 'message')
    .map(
      ({mutant, kind}) => `| \`${mutant.replaceAll('|', '\\|').replaceAll('`', "'")}\` | ${kind} |`,
    )
    .join('\n');
}

/** Puts the table into docs/mutation.md. */
export function writePage(all: readonly Kept[]): void {
  const text = readFileSync(PAGE, 'utf8');
  const [head = '', rest = ''] = text.split(FROM);
  const [, tail = ''] = rest.split(TO);
  const list = `### What survives, texts of errors left out\n\n| mutant | what it is |\n| --- | --- |\n${survivorsOf(all)}`;
  writeFileSync(PAGE, `${head}${FROM}\n\n${tableOf(all)}\n\n${list}\n\n${TO}${tail}`);
}
