import {describeValue} from '../core/describeValue';
import {InvalidArgumentError} from '../core/errors';

/**
 * Throws unless `value` is an object: logits at x + δ as `plus`, at x - δ as `minus`.
 *
 * @internal
 */
export function checkSides(where: string, argument: string, value: unknown): void {
  if (typeof value === 'object' && value !== null) return;
  throw new InvalidArgumentError({
    ...{where, argument},
    expected: 'be {plus, minus}, logits at both inputs',
    found: describeValue(value),
    remedy: 'Pass an object with both.',
  });
}
