import type {Blocks} from './documents';
import {figure, type Figure} from './summary';
import type {RegimeReport, SearchReport, SearchVariant} from './searchReport';
import {markdownTable, percent, points} from './table';

const COLUMNS = ['clean', 'pgd20', 'tailPgd20', 'rarePgd20'] as const;

const meanOf = (values: readonly number[]): Figure | null =>
  values.length === 0 ? null : figure(values);

function rowsOf({variants, chosen}: RegimeReport): string[][] {
  return variants
    .filter(({runs, isTrial}) => runs.length > 0 && isTrial !== true)
    .map((variant) => {
      const {name, runs, imageSteps} = variant;
      const collapsed = runs.filter(({collapse}) => collapse !== null).length;
      const marks = [
        ...(name === chosen.pgd20 ? ['¹'] : []),
        ...(name === chosen.rarePgd20 ? ['²'] : []),
        ...(collapsed > 0 ? [` † ${collapsed} of ${runs.length}`] : []),
      ];
      const over = (which: 'last' | 'best', column: (typeof COLUMNS)[number]) =>
        percent(meanOf(runs.flatMap((run) => run[which][column] ?? [])));
      return [
        `${name}${marks.join('')}`,
        String(runs.length),
        (imageSteps ?? 0).toLocaleString('en-US'),
        ...COLUMNS.map((column) => over('last', column)),
        over('best', 'pgd20'),
        over('best', 'rarePgd20'),
      ];
    });
}

const HEAD = [
  ...['variant', 'seeds', 'image-steps', 'Clean', 'PGD-20', 'T-PGD', '3T-PGD'],
  ...['PGD-20, best', '3T-PGD, best'],
];

const DIFFERENCE_HEAD = [
  ...['variant', 'against', 'seeds', 'PGD-20', 'T-PGD', '3T-PGD', 'PGD-20, best', '3T-PGD, best'],
];

function differenceRows(variant: SearchVariant): string[][] {
  const {name, runs, againstAtBsl, againstTeacherAlone} = variant;
  return [
    {label: 'AT-BSL', differences: againstAtBsl},
    {label: 'teacher alone', differences: againstTeacherAlone},
  ].flatMap(({label, differences}) => {
    if (differences === null) return [];
    const cell = (which: 'last' | 'best', column: (typeof COLUMNS)[number]) => {
      const found = differences[which][column];
      return found === undefined ? '–' : points(found.mean, found.interval);
    };
    return [
      [
        ...[name, label, String(runs.length)],
        ...[cell('last', 'pgd20'), cell('last', 'tailPgd20'), cell('last', 'rarePgd20')],
        ...[cell('best', 'pgd20'), cell('best', 'rarePgd20')],
      ],
    ];
  });
}

const TRIAL_HEAD = ['tried, one seed', 'PGD-20, validation', '3T-PGD, validation'];

const trialRows = ({variants}: RegimeReport): string[][] =>
  variants.flatMap(({name, runs: [run], isTrial}) =>
    isTrial !== true || run === undefined
      ? []
      : [
          [
            name,
            ...[run.validation.pgd20, run.validation.rarePgd20].map((v) => percent(figure([v]))),
          ],
        ],
  );

function regimeText(regime: RegimeReport): string {
  const {name, why, settings, classCounts, variants} = regime;
  const {channels, batchNorm, padding, imageSteps, attackSteps, epsilon} = settings;
  const facts = [
    `${classCounts.reduce((sum, count) => sum + count, 0)} training images (${classCounts.join(', ')})`,
    `filters ${channels.join('-')}${batchNorm ? ' with batch norm' : ''}`,
    padding === 0 ? 'no augmentation' : `crops of ${padding} and flips`,
    `${imageSteps.toLocaleString('en-US')} image-steps`,
    `PGD-${attackSteps} in training`,
    `L∞ ${epsilon.toFixed(3)}`,
  ];
  const taught = variants.filter(
    ({runs}) => runs.length > 1 && (runs[0]?.teacher ?? null) !== null,
  );
  const differences = taught.flatMap(differenceRows);
  const tried = trialRows(regime);
  return [
    `### ${name}`,
    `${why[0]?.toUpperCase()}${why.slice(1)}. ${facts.join('; ')}.`,
    ...(tried.length === 0
      ? []
      : [
          'Learning rates, tried with a seed that no other figure comes from:',
          markdownTable({head: TRIAL_HEAD, rows: tried}),
        ]),
    markdownTable({head: HEAD, rows: rowsOf(regime)}),
    ...(differences.length === 0
      ? []
      : [
          'Paired over the seeds, in points, with the 95 % interval (from three seeds on):',
          markdownTable({head: DIFFERENCE_HEAD, rows: differences}),
        ]),
  ].join('\n\n');
}

/** The pieces that the kept report of the search gives. */
export const searchBlocks = ({command, machine, regimes}: SearchReport): Blocks => ({
  'search: command': `    ${command}`,
  'search: machine': machine,
  'search: regimes': regimes
    .filter(({variants}) => variants.some(({runs}) => runs.length > 0))
    .map(regimeText)
    .join('\n\n'),
});
