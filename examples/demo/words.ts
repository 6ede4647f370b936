import {METHOD_LABELS} from './methodNames';
import type {DemoSettings} from './settings';
import type {MethodSummary} from './summary';

/** What the column T-AA is. */
export const autoAttackWords = ({autoAttackImages}: DemoSettings): string =>
  autoAttackImages === 0
    ? 'AutoAttack on the tail, which was not run'
    : `AutoAttack on the first ${autoAttackImages} test images of the tail`;

/** A sentence for each method with a training that collapsed: which runs, and why. */
export const collapseSentences = (
  methods: readonly MethodSummary[],
  seeds: number,
): readonly string[] =>
  methods
    .filter(({collapsed}) => collapsed.length > 0)
    .map(({name, collapsed}) => {
      const reasons = collapsed.map(({seed, reason}) => `seed ${seed}: ${reason}`);
      return (
        `† ${METHOD_LABELS[name]}: ${collapsed.length} of ${seeds} runs collapsed ` +
        `(${reasons.join('; ')}). They count in its figures.`
      );
    });
