import {InvalidArgumentError} from '../core/errors';
import {closestName} from '../core/closestName';

/** Name of the registry in its messages. */
export const WHERE = 'experiment';

/** Throws that a configuration is wrong. */
export function refuse(argument: string, expected: string, found: string, remedy: string): never {
  throw new InvalidArgumentError({where: WHERE, argument, expected, found, remedy});
}

/** Throws that there is no such name, with the one that was probably meant. */
export function refuseName(
  argument: string,
  kind: string,
  name: string,
  known: readonly string[],
): never {
  const meant = closestName(name, known);
  const remedy = meant === undefined ? 'Check the spelling.' : `Did you mean "${meant}"?`;
  return refuse(argument, `be ${kind} (${known.join(', ')})`, `"${name}"`, remedy);
}
