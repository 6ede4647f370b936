import * as tf from '@tensorflow/tfjs-core';

/** What a model takes for an image. */
export interface ModelInput {
  /** Lengths of all axes but the batch, where they are known; `null` where a model takes any. */
  readonly shape: readonly (number | null)[] | undefined;
  /** What it takes for the darkest and the brightest pixel. */
  readonly range: readonly [min: number, max: number];
}

/** The shape in which a model takes images of one shape; `undefined` if it does not. */
export function shapeForModel(
  image: readonly number[],
  taken: readonly (number | null)[] | undefined,
): readonly number[] | undefined {
  if (taken === undefined) return image;
  const [height = 0, width = 0, channels = 0] = image;
  // As they are; grey ones without the axis of the channels; all pixels in one row.
  const forms = [image, ...(channels === 1 ? [[height, width]] : []), [height * width * channels]];
  return forms.find(
    (form) =>
      form.length === taken.length && taken.every((length, i) => (length ?? form[i]) === form[i]),
  );
}

/** Images of pixels from 0 to 1 as a model takes them: in its shape and its range. */
export function inputOf(images: tf.Tensor4D, {shape, range: [min, max]}: ModelInput): tf.Tensor {
  const taken = shapeForModel(images.shape.slice(1), shape) ?? images.shape.slice(1);
  const shaped =
    taken.length === images.rank - 1 ? images : tf.reshape(images, [images.shape[0], ...taken]);
  return min === 0 && max === 1 ? shaped : tf.add(tf.mul(shaped, max - min), min);
}
