import {describe, expect, it} from 'vitest';

import {paperRow, paperTables} from '../../../examples/paper/paperNumbers';
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
