import * as root from '../../../src/index';
import {call, type Call} from '../call';
import * as f from '../fixtures';
import {base, optional, whole} from '../kinds';

const {x, labels, model, rng} = f;

/** Diagnostics. */
export const DIAGNOSTICS: readonly Call[] = [
  call(
    'auditGradients',
    root.auditGradients,
    {model, x, labels},
    {
      tolerance: f.positive,
      directions: base(whole(1)),
      rng: optional(rng),
      signal: optional(f.signal),
    },
  ),
];
