import {isMissingGradientsError, MissingGradientsError} from '../core/errors';
import {hasGradients} from './registries';
import {OF_GRADIENT} from './savedTensors';
import {layerOf} from './tape';

const REMEDY =
  'Write this part of the model with other operations. To attack it as it is, use squareAttack, ' +
  'which needs no gradients.';

/** What tfjs says where it has no gradient, and what is wrong. */
const MESSAGES: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/gradient function not found for (\w+)/, 'neither TensorFlow.js nor lt-robust has one'],
  [/^Error: Error in gradient (?:of|for op) (\w+)/, ''],
  [/^Error: Gradient for (\w+) operation is not implemented/, ''],
];

/**
 * The error of a gradient, as one that names operation and layer where tfjs or this library has no
 * gradient; other errors as they are.
 */
export function explained(error: unknown): unknown {
  if (isMissingGradientsError(error)) {
    const {operation, reason, remedy, layer = layerOf(operation)} = error;
    return new MissingGradientsError(operation, {reason, remedy, layer});
  }
  const text = String(error);
  for (const [pattern, reason] of MESSAGES) {
    const operation = pattern.exec(text)?.[1];
    if (operation === undefined) continue;
    if (!hasGradients()) return new MissingGradientsError(operation);
    if (/Grad$|Backprop/.test(operation)) return new MissingGradientsError(operation, OF_GRADIENT);
    const said = reason === '' ? text.replace(/^Error: /, '').replace(/\.$/, '') : reason;
    const layer = layerOf(operation);
    return new MissingGradientsError(operation, {reason: said, remedy: REMEDY, layer});
  }
  return error;
}
