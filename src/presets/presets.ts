import {checkText} from '../core/checks/checkForm';
import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';
import {experiments} from './experiments';
import type {Preset} from './preset';

let all: ReadonlyMap<string, Preset> | undefined;

/** Every preset by its id. */
const byId = (): ReadonlyMap<string, Preset> => {
  all ??= new Map(
    experiments().flatMap(({rows}) => rows.map(({preset}) => [preset.id, preset] as const)),
  );
  return all;
};

/**
 * Every training of the paper's tables and figures, each once.
 *
 * @returns Presets in the order of the experiments that have them first.
 * @example
 * ```ts
 * import {presets} from 'lt-robust/presets';
 *
 * presets()[0]?.id; // => 'cifar10-lt50/resnet18/pgd-at'
 * ```
 */
export const presets = (): readonly Preset[] => [...byId().values()];

/**
 * The preset of a name.
 *
 * @param id - Its id, see docs/presets.md.
 * @returns Plain data: spread it to vary it, or hand it to {@link scalePreset}.
 * @throws {@link InvalidArgumentError} if there is none of this id.
 * @example
 * ```ts
 * import {preset} from 'lt-robust/presets';
 *
 * const {main} = preset('cifar10-lt50/resnet18/at-bsl');
 * main.milestones; // => [75, 90, 100]
 * ```
 */
export function preset(id: string): Preset {
  const found = byId().get(id);
  if (found !== undefined) return found;
  checkText('preset', 'id', id);
  const [dataset = ''] = id.split('/');
  const near = [...byId().keys()].filter((known) => known.startsWith(`${dataset}/`));
  throw new InvalidArgumentError({
    where: 'preset',
    argument: 'id',
    expected: 'be the id of a preset',
    found: describeValue(id),
    remedy:
      near.length > 0
        ? `Of this data there are ${near.slice(0, 12).join(', ')}.`
        : 'Ids are such as cifar10-lt50/resnet18/at-bsl; presets() lists them.',
  });
}
