import type * as tf from '@tensorflow/tfjs-core';

/** A rectangle of an image, in pixels. */
export interface Rectangle {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * A series of passes through a model with the same images but for a rectangle that changes before each pass.
 * After a pass the change is kept in some images and undone in the others.
 */
export interface ImageSeries {
  /**
   * Says that `x` are the images of the series, changed in a rectangle and nowhere else.
   *
   * @param base - Makes the images without the change; whoever calls it disposes them.
   */
  announce(x: tf.Tensor, rectangle: Rectangle, base: () => tf.Tensor): void;
  /** Keeps the change that was announced last in an image. */
  keep(image: number): void;
  /** Forgets what passes have left: where the images are others from now on, and at the end. */
  forget(): void;
}

/** What is known of images of a series. */
export interface ChangedImages {
  readonly rectangle: Rectangle;
  readonly base: () => tf.Tensor;
  /** How many changes were announced before. */
  readonly index: number;
  /** Images that keep the change before this one. */
  readonly kept: ReadonlySet<number>;
  /** What passes have left for the next one, by what left it. */
  readonly left: Map<object, {dispose(): void}>;
}

const announced = new WeakMap<tf.Tensor, ChangedImages>();

/** What was announced of a tensor; `undefined` where it is in no series. */
export const changedImages = (x: tf.Tensor): ChangedImages | undefined => announced.get(x);

/** Begins a series; `forget` ends it. */
export function imageSeries(): ImageSeries {
  const left: ChangedImages['left'] = new Map();
  let index = 0;
  let kept = new Set<number>();
  return {
    announce: (x, rectangle, base) => {
      announced.set(x, {rectangle, base, index, kept, left});
      index++;
      kept = new Set();
    },
    keep: (image) => {
      kept.add(image);
    },
    forget: () => {
      for (const each of left.values()) each.dispose();
      left.clear();
    },
  };
}
