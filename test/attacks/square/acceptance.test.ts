import {describe, expect, it} from 'vitest';

import {scoreOf} from '../../../src/attacks/square/acceptance';

const logits = Float32Array.of(3, 2, 5, 1);

describe('scoreOf', () => {
  it('untargeted: the margin of the label', () => {
    expect(scoreOf(logits, 2, undefined, 'margin')).toEqual({margin: 2, loss: 2, success: false});
    expect(scoreOf(logits, 0, undefined, 'margin')).toEqual({margin: -2, loss: -2, success: true});
  });

  it("'ce': the logarithm of the label's probability, with the same margin", () => {
    // attacks.md 12.3: cross-entropies 2.185182 and 0.185182.
    const right = scoreOf(logits, 2, undefined, 'ce');
    expect(right).toMatchObject({margin: 2, success: false});
    expect(right.loss).toBeCloseTo(-0.185182, 6);
    expect(scoreOf(logits, 0, undefined, 'ce').loss).toBeCloseTo(-2.185182, 6);
    const large = Float32Array.of(1000, 1001);
    expect(scoreOf(large, 0, undefined, 'ce').loss).toBeCloseTo(-Math.log(1 + Math.E), 9);
  });

  it('targeted: how far the target is behind', () => {
    expect(scoreOf(logits, 2, 0, 'margin')).toEqual({margin: 2, loss: 2, success: false});
    expect(scoreOf(logits, 3, 2, 'margin')).toEqual({margin: -2, loss: -2, success: true});
    expect(scoreOf(logits, 2, 0, 'ce').loss).toBeCloseTo(2.185182, 6);
    // Wrong, but not the target.
    expect(scoreOf(logits, 0, 1, 'margin')).toMatchObject({margin: 3, success: false});
  });

  it('a tie succeeds where the lower index is a wrong class', () => {
    const tie = Float32Array.of(1, 1, 0);
    expect(scoreOf(tie, 0, undefined, 'margin')).toEqual({margin: 0, loss: 0, success: false});
    expect(scoreOf(tie, 1, undefined, 'margin')).toEqual({margin: 0, loss: 0, success: true});
    expect(scoreOf(tie, 2, 0, 'margin').success).toBe(true);
    expect(scoreOf(tie, 2, 1, 'margin').success).toBe(false);
  });

  it('logits that are not finite are wrong, and no target', () => {
    const broken = Float32Array.of(NaN, 0);
    expect(scoreOf(broken, 1, undefined, 'margin').success).toBe(true);
    expect(scoreOf(broken, 1, 0, 'margin').success).toBe(false);
  });
});
