import type {Column} from './rowSummary';

/**
 * What the paper reports of a row, in percent and with its digits: Clean, PGD-20, AutoAttack, T-Clean,
 * T-PGD at the best epoch, then at the last. A dash where its text has lost the number or the table has
 * no such column.
 */
type Cells = string;

/** Numbers of the paper for one checkpoint of a row, as fractions. */
export type PaperCells = Readonly<Record<Column, number | null>>;

/** The same in percent, as they are printed. */
export type PrintedCells = Readonly<Record<Column, string>>;

/** What the paper reports of a row. */
export interface PaperRow {
  readonly best: PaperCells;
  readonly last: PaperCells | null;
  readonly printed: {readonly best: PrintedCells; readonly last: PrintedCells | null};
  /** Its runs one by one, at the best epoch, where it has several. */
  readonly runs: readonly PrintedCells[];
  /** Why its numbers are no target; null where nothing speaks against them. */
  readonly remark: string | null;
}

const TABLE_2: Readonly<Record<string, Cells>> = {
  'PGD-AT': '42.73 17.31 15.44 20.4 – | 43.09 15.07 14.05 22.4 6.7',
  TRADES: '38.83 19.05 16.06 16.5 7.3 | 39.63 18.86 16.18 16.1 6.8',
  MART: '38.57 19.90 17.10 16.6 – | 40.31 17.07 15.21 19.5 7.2',
  AWP: '40.46 21.85 18.58 16.2 8.5 | 40.15 21.71 18.33 16.2 8.6',
  RoBal: '44.27 19.67 16.78 18.4 8.0 | 46.46 16.28 14.73 23.3 6.7',
  REAT: '45.73 18.22 15.82 32.2 11.4 | 45.53 15.64 14.27 33.0 10.5',
  'AT-BSL': '45.38 18.04 15.73 33.1 12.4 | 45.48 15.36 14.07 31.5 9.1',
  Ours: '46.13 22.42 18.73 38.9 17.9 | 47.22 21.82 18.53 37.9 17.6',
};

// By experiment, then by row. Decimal points that the text has lost are put back where only one place
// is possible (T-PGD "10" of PGD-AT beside 1.0 points of the tail class's thousand images).
const NUMBERS: Readonly<Record<string, Readonly<Record<string, Cells>>>> = {
  table1: {
    'PGD-AT': '52.71 29.30 27.57 12.7 1.0 | 56.39 26.98 25.81 20.8 2.2',
    TRADES: '45.79 28.66 27.01 6.7 0.8 | 47.10 28.00 26.45 6.4 0.6',
    MART: '44.03 29.36 27.59 5.0 0.5 | 47.33 28.08 26.55 10.9 1.0',
    AWP: '51.69 32.42 30.35 5.3 0.2 | 51.89 32.42 30.35 10.9 0.6',
    RoBal: '70.54 35.33 28.83 70.4 33.1 | 72.80 28.04 25.00 67.7 15.9',
    REAT: '68.34 35.98 32.45 69.5 29.1 | 68.32 28.67 26.68 55.7 11.6',
    'AT-BSL': '68.43 35.87 32.27 63.2 22.0 | 67.60 29.40 27.46 50.1 8.7',
    Ours: '70.81 38.85 34.32 73.8 36.9 | 71.74 37.80 33.74 74.7 36.2',
  },
  table2: TABLE_2,
  table3: {
    'PGD-AT': '34.89 14.17 10.98 15.8 5.4 | 36.55 9.69 8.45 23.2 5.0',
    TRADES: '33.76 13.71 10.00 15.4 6.4 | 32.97 12.50 9.61 16.0 6.0',
    MART: '31.15 15.45 11.94 14.4 6.0 | 32.91 12.42 10.32 17.8 7.6',
    AWP: '32.28 15.09 11.27 14.2 5.6 | 32.13 13.95 11.10 14.4 6.6',
    RoBal: '35.25 14.01 10.44 15.0 4.4 | 37.97 10.51 8.64 21.8 4.8',
    REAT: '38.37 15.25 11.99 33.0 12.6 | 38.48 10.58 9.07 31.6 8.8',
    'AT-BSL': '38.38 15.39 11.85 30.8 13.0 | 38.41 10.25 8.90 32.4 7.0',
    Ours: '38.44 17.02 12.57 36.6 16.0 | 49.37 14.09 11.15 33.8 12.6',
  },
  table4: {
    RoBal: '44.27 19.67 16.78 18.4 8.0 | 46.46 16.28 14.73 23.3 6.7',
    'RoBal-RA': '44.64 20.11 17.02 15.8 7.7 | 47.62 18.63 16.05 19.2 7.4',
    'RoBal-AuA': '45.87 20.24 17.05 17.4 6.7 | 47.42 19.32 16.30 18.2 7.4',
    REAT: '45.38 18.04 15.73 33.1 12.4 | 45.48 15.36 14.07 31.5 9.1',
    'REAT-RA': '46.94 21.71 18.02 33.3 14.9 | 50.41 20.33 17.46 36.6 14.7',
    'REAT-AuA': '47.86 23.09 19.43 34.0 16.7 | 50.56 22.20 18.60 36.5 16.5',
    'AT-BSL': '45.38 18.04 15.73 33.1 12.4 | 45.48 15.36 14.07 31.5 9.1',
    'AT-BSL-RA': '48.38 22.18 18.58 34.7 16.8 | 50.33 20.29 17.42 37.1 14.6',
    'AT-BSL-AuA': '47.30 22.78 18.66 34.2 16.4 | 50.57 21.98 18.45 36.8 16.3',
    Ours: '46.13 22.42 18.73 38.9 17.9 | 47.22 21.82 18.53 37.9 17.6',
    'Ours-RA': '48.78 23.58 19.30 34.9 17.2 | 50.98 22.43 18.80 38.2 16.9',
    'Ours-AuA': '50.14 24.60 20.08 36.4 18.0 | 50.46 24.32 20.28 37.6 18.5',
  },
  table5: {
    'RoBal, IR 50': '33.52 14.56 12.27 1.9 0.9 | 34.81 12.16 11.02 4.6 1.7',
    'REAT, IR 50': '26.62 13.73 10.64 9.2 4.1 | 36.51 12.28 11.15 19.1 4.4',
    'AT-BSL, IR 50': '30.06 13.80 10.91 10.3 4.2 | 36.46 12.07 11.21 17.8 4.4',
    'Ours, IR 50': '38.09 16.65 13.58 14.8 5.2 | 38.56 16.08 13.52 19.2 5.8',
    'RoBal, IR 20': '40.08 16.91 14.28 12.1 5.4 | 41.28 13.96 12.70 15.5 5.1',
    'REAT, IR 20': '33.17 15.82 13.01 20.0 9.2 | 41.73 13.79 12.58 29.8 7.7',
    'AT-BSL, IR 20': '41.70 15.51 13.62 30.7 10.4 | 41.41 13.49 12.48 27.1 7.9',
    'Ours, IR 20': '42.54 19.66 16.36 33.2 13.3 | 42.64 19.24 15.97 32.5 13.7',
    'RoBal, IR 10': '44.27 19.67 16.26 16.7 7.6 | 46.46 16.28 14.73 23.3 6.7',
    'REAT, IR 10': '45.73 18.22 15.82 34.4 12.2 | 45.53 15.64 14.27 33.0 10.5',
    'AT-BSL, IR 10': '45.38 18.04 15.73 33.1 12.4 | 45.48 15.36 14.07 31.5 9.1',
    'Ours, IR 10': '47.22 21.82 18.53 37.9 17.6 | 47.22 21.82 18.53 37.9 17.6',
    'RoBal, IR 5': '49.49 21.66 18.59 26.1 11.9 | 51.56 18.15 16.58 34.7 9.9',
    'REAT, IR 5': '49.48 21.95 18.98 39.3 18.3 | 49.76 18.19 16.65 40.7 14.1',
    'AT-BSL, IR 5': '49.75 21.53 18.65 42.3 18.2 | 49.41 18.12 16.56 40.0 13.7',
    'Ours, IR 5': '50.77 24.13 20.10 44.0 20.9 | 51.92 25.00 21.14 43.8 20.4',
  },
  table6: {
    'RoBal, D': '44.27 19.67 – 18.4 8.0',
    'REAT, D': '45.73 18.22 – 32.2 11.4',
    'AT-BSL, D': '45.38 18.04 – 33.1 12.4',
    'PGD-AT, D_B': '35.71 14.94 – 34.6 14.1',
  },
  table7: {
    'PGD-AT': '58.86 30.57 29.43 18.5 – | 59.10 26.3 25.66 19.0 1.9',
    TRADES: '51.93 30.45 29.20 4.5 0.3 | 55.36 27.62 26.99 19.2 2.9',
    MART: '48.92 31.45 29.85 9.5 0.9 | 54.81 27.25 26.29 23.1 2.0',
    AWP: '51.69 32.42 30.35 5.3 0.2 | 51.89 29.19 27.45 10.9 0.6',
    RoBal: '74.46 32.82 25.72 71.5 22.8 | 70.03 24.74 23.09 50.6 5.7',
    REAT: '73.16 33.45 28.71 66.4 20.8 | 64.11 25.90 25.00 31.7 3.6',
    'AT-BSL': '73.23 35.08 32.26 66.4 18.9 | 66.23 26.87 25.98 40.6 4.3',
    Ours: '73.97 39.25 35.97 74.3 33.7 | 72.38 31.15 29.10 60.4 12.7',
  },
  table8: {
    'PGD-AT': '47.48 19.36 17.79 25.4 8.7 | 46.09 16.51 15.67 24.3 7.2',
    TRADES: '42.67 20.89 18.42 18.3 6.9 | 43.99 18.53 17.51 19.9 7.4',
    MART: '41.54 21.52 18.83 19.2 9.2 | 43.08 17.00 15.84 22.8 7.8',
    AWP: '45.53 23.23 19.92 20.4 7.9 | 47.05 21.97 19.21 23.1 8.8',
    RoBal: '49.06 18.23 16.79 27.6 9.4 | 46.92 15.48 14.69 28.0 6.8',
    REAT: '49.06 20.00 18.08 34.4 12.2 | 47.65 16.95 15.60 33.6 9.8',
    'AT-BSL': '50.05 18.96 17.10 38.3 13.3 | 47.95 16.40 15.31 32.2 9.5',
    Ours: '50.55 23.43 20.16 38.4 19.5 | 50.87 22.21 19.44 42.5 18.4',
  },
  table10: {Ours: '46.35±0.27 22.31±0.15 – 38.38±0.68 17.84±0.11'},
  figure1: TABLE_2,
};

// Table 10 has five runs, their mean and their deviation.
const RUNS: Readonly<Record<string, readonly Cells[]>> = {
  'table10 Ours': [
    '46.13 22.42 – 38.9 17.9',
    '46.57 22.23 – 37.5 17.7',
    '46.47 22.27 – 37.8 17.8',
    '46.59 22.12 – 38.8 17.8',
    '46.01 22.52 – 38.9 18.0',
  ],
};

// What cannot be right, or not where it stands: docs/paper.md has the same table.
const REMARKS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  table1: {
    AWP: 'PGD and AA of the last epoch repeat those of the best, and the best epoch is that of WideResNet-34-10 in Table 7',
  },
  table3: {
    Ours: 'Clean at the last epoch, 49.37, is 11 points above the best; it may be a misprint of 39.37',
  },
  table4: {
    REAT: 'this is the row of AT-BSL, and Table 2 has other numbers for REAT',
  },
  table5: {
    'RoBal, IR 10':
      'AA, T-Clean and T-PGD of the best epoch are not those of the same training in Table 2',
    'REAT, IR 10':
      'T-Clean and T-PGD of the best epoch are not those of the same training in Table 2',
    'Ours, IR 10': 'the best epoch repeats the last; Table 2 has 46.13, 22.42, 18.73, 38.9, 17.9',
    'Ours, IR 5': 'PGD at the last epoch is above that at the best, which should be the highest',
  },
  table7: {
    AWP: 'the best epoch is that of ResNet-18 in Table 1',
  },
  table10: {
    Ours: 'the runs give a deviation of 0.16 for PGD',
  },
};

const MISSING = '–';

function printed(cells: Cells): PrintedCells {
  const parts = cells.split(' ').map((cell) => cell.replace('±', ' ± '));
  const at = (i: number) => parts[i] ?? MISSING;
  return {clean: at(0), pgd: at(1), autoAttack: at(2), tailClean: at(3), tailPgd: at(4)};
}

// The exponent makes it the number that is nearest to the printed one.
const valueOf = (cell: string): number | null =>
  cell === MISSING ? null : Number(`${cell.split(' ')[0]}e-2`);

const valuesOf = ({clean, pgd, autoAttack, tailClean, tailPgd}: PrintedCells): PaperCells => ({
  ...{clean: valueOf(clean), pgd: valueOf(pgd), autoAttack: valueOf(autoAttack)},
  ...{tailClean: valueOf(tailClean), tailPgd: valueOf(tailPgd)},
});

const tableOf = (experiment: string): string =>
  experiment === 'combinations' ? 'table1' : experiment;

/** What the paper reports of a row of an experiment; undefined where its text has nothing. */
export function paperRow(experiment: string, row: string): PaperRow | undefined {
  const found = NUMBERS[tableOf(experiment)]?.[row];
  if (found === undefined) return undefined;
  const [best, last = null] = found.split(' | ').map(printed);
  if (best === undefined) return undefined;
  return {
    ...{best: valuesOf(best), last: last === null ? null : valuesOf(last), printed: {best, last}},
    runs: (RUNS[`${experiment} ${row}`] ?? []).map(printed),
    remark: REMARKS[tableOf(experiment)]?.[row] ?? null,
  };
}

/** Whether the paper has a column for AutoAttack there; that of Table 9 has no numbers in its text. */
export const hasAutoAttack = (experiment: string): boolean =>
  experiment === 'table9' ||
  Object.values(NUMBERS[tableOf(experiment)] ?? {}).some((row) => row.split(' ')[2] !== MISSING);

/** How many tables and rows there are numbers of. */
export const paperTables = (): readonly (readonly [
  experiment: string,
  rows: readonly string[],
])[] => Object.entries(NUMBERS).map(([name, rows]) => [name, Object.keys(rows)] as const);
