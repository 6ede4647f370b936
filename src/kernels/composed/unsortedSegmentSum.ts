import * as tf from '@tensorflow/tfjs-core';

import {type Kernel, valuesOf} from './kernel';

/** UnsortedSegmentSum: rows added up by their segment; those of no segment are left out. */
export const unsortedSegmentSum: Kernel<
  tf.UnsortedSegmentSumAttrs,
  {x: tf.Tensor; segmentIds: tf.Tensor}
> = ({inputs, backend, attrs}) => {
  const {numSegments} = attrs;
  const x = inputs.x;
  const ids = inputs.segmentIds;
  const [, ...rest] = x.shape;
  const row = tf.util.sizeFromShape(rest);
  const perId = x.size / ids.size;
  const xs = valuesOf(backend, x);
  const segments = valuesOf(backend, ids);
  const result = new Float32Array(numSegments * row);
  for (let id = 0, from = 0; id < ids.size; id++) {
    const segment = segments[id] ?? NaN;
    let to = segment * row + (from % row);
    for (const end = from + perId; from < end; from++, to++) {
      if (segment >= 0 && segment < numSegments) {
        result[to] = (result[to] ?? NaN) + (xs[from] ?? NaN);
      }
    }
  }
  return tf.tensor(result, [numSegments, ...rest], x.dtype as 'float32' | 'int32');
};
