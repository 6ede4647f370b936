import * as tf from '@tensorflow/tfjs-core';

import {inputsOf, type OpCase} from './opCase';

// What tfjs-node says of an operation that it lacks, of a padding that it does not take, and of others.
const LACKS =
  /not registered for backend|supports only 'valid' and 'same'|Invalid TF_Status|must be 1/;

// It computes these, and no gradient of them.
const LACKS_GRADIENT = 'explicit padding';

/** The cases whose operation runs on the current backend and can be differentiated there: tfjs-node lacks some. */
export function forwardCases(cases: readonly OpCase[]): readonly OpCase[] {
  if (tf.getBackend() !== 'tensorflow') return cases;
  return cases.filter((one) => {
    if (one.variant.includes(LACKS_GRADIENT)) return false;
    return tf.tidy(() => {
      try {
        return one.f(...inputsOf(one)).dataSync().length > 0;
      } catch (error) {
        if (!LACKS.test(String(error))) throw error;
        return false;
      }
    });
  });
}
