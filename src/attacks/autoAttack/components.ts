import {closestName} from '../../core/closestName';
import {describeValue} from '../../core/describeValue';
import type * as tf from '@tensorflow/tfjs-core';

import {InvalidArgumentError} from '../../core/errors';
import type {DataFormat} from '../../core/layers/imageLayout';
import {runApgd} from '../apgd/apgdAttack';
import {runFab} from '../fab/fabAttack';
import {runSquare} from '../square/squareAttack';
import type {Outcome, Problem} from '../search/problem';
import {type CustomComponent, runCustom} from './customAttack';

export type {CustomComponent};

/** The components that AutoAttack is made of. */
export type ComponentName = 'apgd-ce' | 'apgd-dlr' | 'apgd-t' | 'fab' | 'fab-t' | 'square';

/** Which ensemble. `custom` is the caller's list. */
export type AutoAttackVersion = 'standard' | 'plus' | 'rand' | 'fast' | 'custom';

/** How long the components search. */
export interface SearchLengths {
  readonly steps: number;
  readonly queries: number;
  readonly numTargets: number;
  readonly restarts: number | undefined;
  readonly gradientSamples: number | undefined;
  readonly dataFormat?: DataFormat | undefined;
}

/** A component, ready to run. */
export interface Component<I extends tf.Tensor> {
  readonly name: string;
  /** Whether it is the caller's. Every point that such a component returns counts as a claim. */
  readonly isCustom: boolean;
  /**
   * What the caller passed for it, for the identity of a run; `undefined` for built-in components.
   */
  readonly custom?: CustomComponent<I>;
  readonly run: (problem: Problem<I>) => Promise<Outcome>;
  /** Passes on an example that it does not break; `undefined` where that is not known. */
  readonly passes: (numClasses: number) => {forward: number; backward: number} | undefined;
}

/** The components of each version, in their order. */
export const VERSIONS: Readonly<
  Record<Exclude<AutoAttackVersion, 'custom'>, readonly ComponentName[]>
> = {
  standard: ['apgd-ce', 'apgd-t', 'fab-t', 'square'],
  plus: ['apgd-ce', 'apgd-dlr', 'fab', 'square', 'apgd-t', 'fab-t'],
  rand: ['apgd-ce', 'apgd-dlr'],
  fast: ['apgd-ce', 'apgd-t'],
};

const NAMES = ['apgd-ce', 'apgd-dlr', 'apgd-t', 'fab', 'fab-t', 'square'];

// In `plus`, the attacks that are new in it or start at random are repeated.
const REPEATED_IN_PLUS = new Set<string>(['apgd-ce', 'apgd-dlr', 'fab']);

/** The components by their names. */
export function componentsOf<I extends tf.Tensor>(
  version: AutoAttackVersion,
  attacks: readonly (ComponentName | CustomComponent<I>)[],
  lengths: SearchLengths,
): Component<I>[] {
  const samples = lengths.gradientSamples ?? (version === 'rand' ? 20 : 1);
  return attacks.map((attack) => {
    if (typeof attack !== 'string') {
      return {
        name: attack.name,
        isCustom: true,
        custom: attack,
        run: (problem) => runCustom(problem, attack),
        passes: () => undefined,
      };
    }
    const restarts =
      lengths.restarts ?? (version === 'plus' && REPEATED_IN_PLUS.has(attack) ? 5 : 1);
    return ours<I>(attack, {...lengths, restarts}, samples);
  });
}

function ours<I extends tf.Tensor>(
  name: ComponentName,
  {
    steps,
    queries,
    numTargets,
    restarts,
    dataFormat = 'channelsLast',
  }: SearchLengths & {
    restarts: number;
  },
  gradientSamples: number,
): Component<I> {
  const targetsOf = (numClasses: number) => Math.min(numTargets, numClasses - 1);
  const apgd = (loss: 'ce' | 'dlr' | 'targeted-dlr'): Component<I> => ({
    name,
    isCustom: false,
    run: (problem) => runApgd(problem, {...{loss, steps, restarts, gradientSamples}, numTargets}),
    passes: (numClasses) => {
      const runs = restarts * (loss === 'targeted-dlr' ? targetsOf(numClasses) : 1);
      const forward = runs * (steps * gradientSamples + 1); // no gradient at the last point
      return {forward, backward: runs * steps * gradientSamples};
    },
  });
  const fab = (targeted: boolean): Component<I> => ({
    name,
    isCustom: false,
    run: (problem) =>
      runFab(problem, {...{targeted, steps, restarts, numTargets}, dropBroken: true}),
    passes: (numClasses) => {
      const runs = restarts * (targeted ? targetsOf(numClasses) : 1);
      const gradients = targeted ? 1 : numClasses - 1;
      return {forward: runs * steps * (gradients + 1), backward: runs * steps * gradients};
    },
  });
  switch (name) {
    case 'apgd-ce':
      return apgd('ce');
    case 'apgd-dlr':
      return apgd('dlr');
    case 'apgd-t':
      return apgd('targeted-dlr');
    case 'fab':
      return fab(false);
    case 'fab-t':
      return fab(true);
    case 'square':
      return {
        name,
        isCustom: false,
        run: (problem) =>
          runSquare(problem as unknown as Problem<tf.Tensor4D>, {queries, restarts, dataFormat}),
        passes: () => ({forward: restarts * (queries + 1), backward: 0}),
      };
  }
}

/** Throws unless `attacks` is a list of components with names of their own. */
export function checkComponents(where: string, attacks: readonly unknown[]): void {
  const refuse = (found: string, remedy = VERSION): never => {
    throw new InvalidArgumentError({
      where,
      argument: 'attacks',
      expected: `be a list of ${NAMES.join(', ')}, or {name, attack}, each name once`,
      found,
      remedy,
    });
  };
  if (!Array.isArray(attacks)) return refuse(describeValue(attacks), inList(attacks));
  if (attacks.length === 0) return refuse('no attack');
  const seen = new Set<string>();
  for (const attack of attacks) {
    const name = typeof attack === 'string' ? attack : nameOf(attack);
    if (name === undefined || (typeof attack === 'string' && !NAMES.includes(attack))) {
      return refuse(describeValue(attack), meant(attack));
    }
    if (typeof attack !== 'string' && NAMES.includes(name)) {
      return refuse(`an attack of your own called ${name}`);
    }
    if (seen.has(name)) return refuse(`${name} twice`);
    seen.add(name);
  }
}

const VERSION = 'Pass version instead for the published ensembles.';

function inList(attacks: unknown): string {
  if (typeof attacks !== 'string') return VERSION;
  return NAMES.includes(attacks)
    ? `Write attacks: ['${attacks}'].`
    : Object.hasOwn(VERSIONS, attacks)
      ? `Write version: '${attacks}'.`
      : VERSION;
}

function meant(attack: unknown): string {
  if (typeof attack === 'function') {
    return "Give it a name: {name: 'mine', attack: (model, x, labels, context) => ...}.";
  }
  const name = typeof attack === 'string' ? closestName(attack, NAMES) : undefined;
  return name === undefined ? VERSION : `Did you mean '${name}'?`;
}

function nameOf(attack: unknown): string | undefined {
  if (typeof attack !== 'object' || attack === null) return undefined;
  if (!('name' in attack && 'attack' in attack)) return undefined;
  const {name} = attack;
  return typeof name === 'string' && typeof attack.attack === 'function' ? name : undefined;
}
