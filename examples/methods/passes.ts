import type {CheckedTraining, Named} from 'lt-robust/registry';

/** Passes of one image in one step of a training. */
export interface StepPasses {
  /** Forward passes of the network that is trained. */
  readonly forward: number;
  /** Backward passes of it. */
  readonly backward: number;
  /** Passes of teachers, forward and backward. */
  readonly teacher: number;
}

const both = (n: number, teacher = 0): StepPasses => ({forward: n, backward: n, teacher});

const numberOf = (value: unknown, fallback: number): number =>
  typeof value === 'number' ? value : fallback;

const isNamed = (value: unknown): value is Named =>
  typeof value === 'object' && value !== null && 'name' in value;

/** The passes of one image in a step of this epoch; every pass is of one image through one network. */
export function stepPasses(training: CheckedTraining, epoch: number): StepPasses {
  const steps = numberOf(training.attack?.['steps'], 10);
  let {forward, backward, teacher} = methodPasses(training.method, steps, epoch);
  // What of them is the update's: a perturbation of the weights makes these passes once more.
  let update = updatePasses(training.method, epoch);
  const seen = new Set<string>();
  for (const wrapper of training.wrappers) {
    const first = !seen.has(String(wrapper['teacher']));
    seen.add(String(wrapper['teacher']));
    if (wrapper.name === 'distillation') teacher += first ? 1 : 0;
    if (wrapper.name === 'gradient-matching') {
      [forward, backward, update] = [forward + 1, backward + 1, update + 1];
      teacher += first ? 2 : 1; // the pass at x' is shared with a distillation by the same teacher
    }
    if (wrapper.name === 'awp' && epoch >= numberOf(wrapper['fromEpoch'], 1)) {
      [forward, backward] = [forward + update, backward + update];
    }
  }
  return {forward, backward, teacher};
}

const stageOf = (method: Named, epoch: number): Named => {
  const stage = epoch < numberOf(method['epoch'], 1) ? method['before'] : method['after'];
  if (!isNamed(stage)) throw new Error('switch-at without a method');
  return stage;
};

const isClean = (method: Named, epoch: number) => epoch <= numberOf(method['cleanEpochs'], 40);

// Training passes of a step, those of the attack not counted.
function updatePasses(method: Named, epoch: number): number {
  switch (method.name) {
    case 'switch-at':
      return updatePasses(stageOf(method, epoch), epoch);
    case 'trades':
    case 'mart':
    case 'rslad':
    case 'robal':
    case 'self-distillation':
      return 2;
    case 'ard':
      return numberOf(method['alpha'], 1) < 1 ? 2 : 1;
    default:
      return 1;
  }
}

function methodPasses(method: Named, steps: number, epoch: number): StepPasses {
  const update = updatePasses(method, epoch);
  switch (method.name) {
    case 'switch-at':
      return methodPasses(stageOf(method, epoch), steps, epoch);
    case 'natural':
      return both(1);
    case 'fast-at':
      return both(2);
    case 'free-at':
      return both(numberOf(method['replays'], 8));
    case 'harl':
      return isClean(method, epoch) ? both(1) : both(steps + 1);
    case 'trades': {
      const attacked = both(steps + update);
      return {...attacked, forward: attacked.forward + 1}; // the clean answer
    }
    case 'ard':
    case 'rslad':
      return both(steps + update, 1);
    case 'adaad':
      return both(steps + update, 2 * steps + 1); // through both networks
    case 'self-distillation':
      return both(steps + update, 2);
    default:
      return both(steps + update);
  }
}

/** All passes together. */
export const totalOf = ({forward, backward, teacher}: StepPasses): number =>
  forward + backward + teacher;
