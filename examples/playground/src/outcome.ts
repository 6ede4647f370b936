import {bestOf} from './pictures';
import type {AttackInfo, AttackSettings, Frame} from './protocol';

/** What a frame is called. */
export const stepName = ({step}: Pick<Frame, 'step'>): string =>
  step === null ? 'clean' : step === 0 ? 'start' : `step ${step}`;

/** An attack that has ended. */
export interface Ended extends AttackInfo {
  readonly frames: readonly Pick<Frame, 'step' | 'probabilities'>[];
  readonly settings: Pick<AttackSettings, 'steps' | 'target'>;
  readonly nameOf: (label: number) => string;
}

/** How an attack ended, in a sentence. */
export function outcomeOf({frames, settings, label, labelFrom, nameOf}: Ended): string {
  const answers = frames.map(({probabilities}) => bestOf(probabilities));
  const before = answers[0] ?? label;
  const after = answers.at(-1) ?? label;
  const truth =
    labelFrom === 'network'
      ? ' (what the network itself says of the clean image counts as right)'
      : '';
  if (before !== label) {
    return `The network is wrong without any attack: it takes this ${nameOf(label)} for ${nameOf(before)}.`;
  }
  const broken = frames[answers.findIndex((answer) => answer !== label)];
  if (broken === undefined) {
    return `The network holds: after ${settings.steps} step${settings.steps === 1 ? '' : 's'} it still says ${nameOf(label)}${truth}.`;
  }
  if (after === label) {
    return `The network is wrong at ${stepName(broken)}, and right again at the end${truth}.`;
  }
  const aim = aimWords(settings.target, {label, after}, nameOf);
  return `Fooled: the network takes this ${nameOf(label)} for ${nameOf(after)}${aim}, first at ${stepName(broken)}${truth}.`;
}

function aimWords(
  target: number | null,
  {label, after}: {readonly label: number; readonly after: number},
  nameOf: (label: number) => string,
): string {
  if (target === null || target === label) return '';
  return after === target ? ', as aimed at' : `, if not for ${nameOf(target)}`;
}
