import {readFileSync} from 'node:fs';

import {describe, expect, it} from 'vitest';

import {COLUMNS, type Column} from '../../../examples/paper/rowSummary';
import {paperRow, paperTables} from '../../../examples/paper/paperNumbers';
import {meanAndDeviation} from '../../../src/metrics/meanAndDeviation';
import {experimentOf, nameOfRow} from '../../../examples/paper/targets';

describe("the paper's numbers", () => {
  it('are of rows that there are, by the same names', () => {
    for (const [experiment, names] of paperTables()) {
      const rows = experimentOf(experiment).rows.map(nameOfRow);
      for (const name of names) expect(rows, experiment).toContain(name);
    }
  });

  it('has every row of the tables but of 9, whose body the text has lost', () => {
    for (const number of [1, 2, 3, 4, 5, 6, 7, 8, 10]) {
      for (const row of experimentOf(`table${number}`).rows) {
        expect(paperRow(`table${number}`, nameOfRow(row))).toBeDefined();
      }
    }
    expect(paperRow('table9', 'Ours')).toBeUndefined();
  });

  it('are fractions; the headline gains of the abstract follow from them', () => {
    const gain = (table: string, rival: string) => {
      const of = (row: string) => paperRow(table, row)?.last?.tailPgd ?? NaN;
      return 100 * (of('Ours') - of(rival));
    };
    // "by 20.3, 7.1, and 3.8 percentage points": last epochs, against the best baseline.
    expect(gain('table1', 'RoBal')).toBeCloseTo(20.3, 6);
    expect(gain('table2', 'REAT')).toBeCloseTo(7.1, 6);
    expect(gain('table3', 'REAT')).toBeCloseTo(3.8, 6);
  });

  it('keep their digits, also those that end in 0', () => {
    expect(paperRow('table1', 'AWP')?.printed.best.autoAttack).toBe('30.35');
    expect(paperRow('table2', 'AWP')?.printed.last?.clean).toBe('40.15');
    expect(paperRow('table3', 'TRADES')?.printed.best.autoAttack).toBe('10.00');
    expect(paperRow('table1', 'RoBal')?.printed.last?.tailClean).toBe('67.7');
    expect(paperRow('table2', 'MART')?.printed.best.tailPgd).toBe('–');
    expect(paperRow('table1', 'TRADES')?.best.pgd).toBe(0.2866);
  });

  it('have the means and deviations of Table 10 that its runs give', () => {
    const {runs, printed} = paperRow('table10', 'Ours')!;
    expect(runs).toHaveLength(5);
    for (const [column, text] of Object.entries(printed.best)) {
      const values = runs.map((run) => Number(run[column as Column]));
      if (column === 'autoAttack') continue; // the table has none
      const {mean, deviation} = meanAndDeviation(values);
      const [ofMean, ofDeviation] = text.split(' ± ').map(Number);
      expect(mean).toBeCloseTo(ofMean!, 2);
      // Of PGD it prints 0.15, and its runs give 0.158.
      expect(Math.abs(deviation! - ofDeviation!)).toBeLessThan(0.009);
    }
    expect(printed.best.tailPgd).toBe('17.84 ± 0.11');
  });

  it('have remarks that are true of them', () => {
    const of = (table: string, row: string) => paperRow(table, row)!;
    const awp = of('table1', 'AWP');
    expect([awp.last?.pgd, awp.last?.autoAttack]).toEqual([awp.best.pgd, awp.best.autoAttack]);
    expect(awp.best).toEqual(of('table7', 'AWP').best);
    expect(of('table4', 'REAT').printed).toEqual(of('table4', 'AT-BSL').printed);
    expect(of('table4', 'REAT').printed).not.toEqual(of('table2', 'REAT').printed);
    const ours = of('table5', 'Ours, IR 10');
    expect(ours.best).toEqual(ours.last);
    const cells = Object.values(of('table2', 'Ours').printed.best).join(', ');
    expect(ours.remark).toContain(cells);
    const small = of('table5', 'Ours, IR 5');
    expect(small.last!.pgd).toBeGreaterThan(small.best.pgd!);
    const differ = (row: string) =>
      COLUMNS.filter(
        (column) => of('table5', `${row}, IR 10`).best[column] !== of('table2', row).best[column],
      );
    expect(differ('RoBal')).toEqual(['autoAttack', 'tailClean', 'tailPgd']);
    expect(differ('REAT')).toEqual(['tailClean', 'tailPgd']);
  });

  it('have the remarks of docs/paper.md', () => {
    const doc = readFileSync('docs/paper.md', 'utf8');
    const remarks = paperTables().flatMap(([table, rows]) =>
      rows.flatMap((row) => {
        const {remark} = paperRow(table, row)!;
        return remark === null ? [] : [`| ${table.replace('table', '')} | ${row} | ${remark} |`];
      }),
    );
    expect(remarks).toHaveLength(9);
    for (const line of remarks) expect(doc).toContain(line);
  });

  it('keeps the rule that robust accuracy is below clean accuracy', () => {
    for (const [experiment, names] of paperTables()) {
      for (const cells of names.flatMap((name) => {
        const row = paperRow(experiment, name);
        return row === undefined ? [] : [row.best, ...(row.last === null ? [] : [row.last])];
      })) {
        const {clean, pgd, autoAttack, tailClean, tailPgd} = cells;
        if (clean !== null && pgd !== null) expect(pgd).toBeLessThan(clean);
        if (autoAttack !== null && pgd !== null) expect(autoAttack).toBeLessThan(pgd);
        if (tailClean !== null && tailPgd !== null) expect(tailPgd).toBeLessThan(tailClean);
      }
    }
  });
});
