/**
 * Attacks, and what an attack of your own is built from.
 *
 * @packageDocumentation
 */

export {fgsmAttack, type FgsmOptions} from './fgsmAttack';
export {pgdAttack, type PgdOptions} from './pgdAttack';
export {squareAttack, type SquareOptions} from './squareAttack';

// For authors of attacks.
export {gaussianStart, projectToBall, randomStart, steepestAscent} from '../math/ball';
export {inputGradient, type InputGradient} from '../math/inputGradient';

// What they throw.
export {InvalidArgumentError, MissingGradientsError} from '../core/errors';
