import * as tf from '@tensorflow/tfjs-core';

/** Names of the kernels that run while `body` does, in order. */
export function kernelsOf(body: () => void): string[] {
  const engine = tf.engine();
  const names: string[] = [];
  const run = engine.runKernel.bind(engine);
  engine.runKernel = ((name: string, ...rest: [tf.NamedTensorMap, tf.NamedAttrMap?]) => {
    names.push(name);
    return run(name, ...rest);
  }) as typeof engine.runKernel;
  try {
    body();
  } finally {
    Reflect.deleteProperty(engine, 'runKernel'); // the instance's own; the class keeps its method
  }
  return names;
}
