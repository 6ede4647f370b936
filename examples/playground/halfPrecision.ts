import * as tf from '@tensorflow/tfjs-core';

/** The nearest float16 of a number, ties to even, as its 16 bits. */
export function halfBits(value: number): number {
  const float = new Float32Array([value]);
  const [bits = 0] = new Uint32Array(float.buffer);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = Math.abs(float[0] as number);
  if (Number.isNaN(magnitude)) return sign | 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00; // halfway to what would be the next: infinity
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude || 2 ** -14)));
  const unit = 2 ** (exponent - 10); // between neighbours; below 2 ** -14 they stay as far apart
  const steps = roundToEven(magnitude / unit);
  return sign | (steps < 1024 ? steps : steps + (exponent + 14) * 1024);
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/**
 * A layers model with its weights as float16, in the form of tfjs's own files, which every tfjs reads.
 *
 * @param artifacts - What `model.save` hands to a save handler.
 * @returns The content of `model.json` and of the `weights.bin` that it names.
 */
export function halfPrecision(artifacts: tf.io.ModelArtifacts): {
  json: object;
  weights: Uint8Array;
} {
  const {weightData = new ArrayBuffer(0), weightSpecs = [], modelTopology} = artifacts;
  const values = new Float32Array(tf.io.CompositeArrayBuffer.join(weightData));
  const weights = weightSpecs.map((spec) => {
    if (spec.dtype !== 'float32') throw new Error(`${spec.name} is ${spec.dtype}, not float32`);
    return {...spec, quantization: {dtype: 'float16', original_dtype: 'float32'}};
  });
  const half = Uint16Array.from(values, halfBits);
  return {
    json: {
      ...{format: 'layers-model', modelTopology},
      weightsManifest: [{paths: ['weights.bin'], weights}],
    },
    weights: new Uint8Array(half.buffer),
  };
}
