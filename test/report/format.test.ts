import {fc, it} from '@fast-check/vitest';
import {describe, expect} from 'vitest';

import * as format from '../../src/report/format';

describe('numbers', () => {
  it.each([
    [format.percent(0.3125), '31.3 %'],
    [format.percent(null), '-'],
    [format.percentRange([0.05, 0.179]), '5.0 to 17.9 %'],
    [format.percentRange(null), '-'],
    [format.short(0.0078431), '0.007843'],
    [format.short(12), '12'],
    [format.epsilonText(8 / 255), '8/255'],
    [format.epsilonText(Math.fround(8 / 255) - 2e-8), '8/255'], // float32 pixels, subtracted
    [format.epsilonText(8.01 / 255), '0.03141'],
    [format.epsilonText(0.5), '0.5'],
    [format.epsilonText(1 / 255), '1/255'],
    [format.epsilonText(1e-8), '1e-8'], // no 0/255
    [format.epsilonText(2), '510/255'],
    [format.classLabel(4, ['a']), '4'],
    [format.count(999), '999'],
    [format.percent(0), '0.0 %'],
    [format.percent(1), '100.0 %'],
    [format.epsilonText(0), '0'],
    [format.count(12345), '12,345'],
    [format.classLabel(3, ['a', 'b', 'c', 'cat']), '3 (cat)'],
    [format.classLabel(3), '3'],
    [format.classLabel(3, ['0', '1', '2', '3']), '3'],
  ])('are written %s', (written, expected) => {
    expect(written).toBe(expected);
  });
});

const cell = fc.string({unit: 'grapheme', maxLength: 12});

describe('textTable', () => {
  it('sets columns left and right', () => {
    expect(
      format.textTable(
        ['a', 'bb'],
        [
          ['xyz', '1'],
          ['é', '10'],
        ],
        ['left', 'right'],
      ),
    ).toBe(['a    bb', '───  ──', 'xyz   1', 'é    10'].join('\n'));
  });
});

describe('textTable of uneven rows', () => {
  it('fills what is missing, and ends no line in spaces', () => {
    const rows = [['long cell'], ['a', 'b', 'too much']];
    expect(format.textTable(['x', 'y'], rows, ['left', 'left']).split('\n')).toEqual([
      ...['x          y', '─────────  ─', 'long cell', 'a          b'],
    ]);
  });
});

describe('markdownTable', () => {
  it.prop([fc.array(fc.tuple(cell, cell), {maxLength: 4})])(
    'keeps its cells apart, whatever stands in them',
    (rows) => {
      const lines = format.markdownTable(['a', 'b'], rows, ['left', 'right']).split('\n');
      expect(lines[1]).toBe('| --- | ---: |');
      expect(lines).toHaveLength(rows.length + 2);
      for (const line of lines) expect(line.match(/(?<!\\)(?:\\\\)*\|/g)).toHaveLength(3);
    },
  );

  it('shows markup, and makes none', () => {
    const table = format.markdownTable(['*x*'], [['<b>&amp;']], ['left']);
    expect(table).toContain('\\*x\\*');
    expect(table).toContain('&lt;b>&amp;amp;');
  });
});
