import {checkText} from '../../core/checks/checkForm';
import {checkGiven} from '../../core/checks/checkGiven';

/**
 * From the name that a weight has here, the layer's name and PyTorch's name of the parameter
 * (`layer1.0.conv1.weight`), to its name in a `state_dict`. `undefined` leaves the weight out: it is
 * neither loaded nor saved. One map serves both directions.
 */
export type NameMap = (name: string) => string | undefined;

/**
 * Makes a {@link NameMap} of replacements, each applied to what the ones before it gave.
 *
 * @param rules - Pairs of what to look for and what to put in its place, as
 *   `String.prototype.replace` has them.
 * @returns The map.
 * @example
 * ```ts
 * import {renaming} from 'lt-robust/models';
 *
 * // A model that was saved within torch.nn.DataParallel, and whose last layer is named "fc".
 * const names = renaming([[/^linear\./, 'fc.'], [/^/, 'module.']]);
 * names('linear.weight'); // => 'module.fc.weight'
 * ```
 */
export function renaming(
  rules: readonly (readonly [find: RegExp | string, replacement: string])[],
): NameMap {
  const areRules = Array.isArray(rules) && Array.from(rules as readonly unknown[]).every(isRule);
  const expected = 'be a list of [find, replacement]';
  checkGiven('renaming', 'rules', rules, areRules, expected, "Pass [[/^fc\\./, 'linear.']], say.");
  return (name) => {
    checkText('renaming', 'name', name);
    return rules.reduce((renamed, [find, replacement]) => renamed.replace(find, replacement), name);
  };
}

const isRule = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length === 2 &&
  (typeof value[0] === 'string' || value[0] instanceof RegExp) &&
  typeof value[1] === 'string';

/**
 * The names of torchvision's ResNets for {@link resnet18}: `downsample` for `shortcut`, `fc` for
 * `linear`.
 *
 * @param name - Name here.
 * @returns torchvision's.
 * @example
 * ```ts
 * import {torchvisionResnetNames} from 'lt-robust/models';
 *
 * torchvisionResnetNames('layer2.0.shortcut.0.weight'); // => 'layer2.0.downsample.0.weight'
 * ```
 */
export const torchvisionResnetNames: NameMap = renaming([
  ['.shortcut.', '.downsample.'],
  [/^linear\./, 'fc.'],
]);
