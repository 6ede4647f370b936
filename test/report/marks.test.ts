import {describe, expect, it} from 'vitest';

import {keyOf, mark, place, seriesClass} from '../../src/report/marks';
import {SERIES_STYLES} from '../../src/report/reportStyle';

describe('marks', () => {
  it('stand at a share of the width', () => {
    expect([place(0), place(0.123456), place(1)]).toEqual(['0%', '12.35%', '100%']);
    expect(mark(0, 0.5, 8).markup).toMatch(/x="50%" y="8" class="s0"/);
  });

  it('have a colour and a shape for each series', () => {
    const shapes = Array.from(
      {length: SERIES_STYLES},
      (_, i) => /d="(.*?)"/.exec(mark(i, 0, 0).markup)?.[1],
    );
    expect(new Set(shapes).size).toBe(SERIES_STYLES);
    // Each is drawn: a closed outline around the middle, 8 to 11 pixels wide.
    for (const shape of shapes) {
      expect(shape).toMatch(/^M[-\d.MLHVa ]+Z$/);
      const [from] = /-?[\d.]+/.exec(shape ?? '') ?? [];
      expect(Math.abs(Number(from))).toBeLessThanOrEqual(5.5);
    }
    expect(seriesClass(SERIES_STYLES)).toBe('s0');
  });

  it('have a key with escaped names', () => {
    expect(keyOf(['<b>']).markup).toContain('&lt;b&gt;');
  });
});
