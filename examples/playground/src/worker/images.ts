import * as tf from '@tensorflow/tfjs-core';

import type {OwnImage} from '../protocol';
import {TroubleError} from './trouble';

/** An image of the visitor's own: four bytes for each pixel. */
export interface Pixels {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

const MOST_PIXELS = 2 ** 24;
const THUMBNAIL = 64;

/** Reads an image file with the browser's own decoder. */
export async function decodeFile(file: File): Promise<Pixels> {
  // What is stored, not what a screen would show: no colour management, no opacity worked in.
  const options: ImageBitmapOptions = {colorSpaceConversion: 'none', premultiplyAlpha: 'none'};
  const bitmap = await createImageBitmap(file, options).catch(() => undefined);
  if (bitmap === undefined) {
    throw new TroubleError(
      `${file.name} is not an image that this browser can read.`,
      'Drop PNG, JPEG, WebP, GIF or AVIF images.',
    );
  }
  const {width, height} = bitmap;
  try {
    if (width * height > MOST_PIXELS) {
      throw new TroubleError(
        `${file.name} has ${width} x ${height} pixels, too many for this page.`,
        'Make it smaller: it is reduced to the size of the network anyway.',
      );
    }
    return {name: file.name, width, height, data: draw(bitmap, width, height)};
  } finally {
    bitmap.close();
  }
}

function draw(image: CanvasImageSource, width: number, height: number): Uint8ClampedArray {
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (context === null) throw new Error('This browser gives the worker no canvas.');
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height).data;
}

/** A small copy, for the menu of images. */
export function thumbnailOf({data, width, height}: Pixels): OwnImage['thumbnail'] {
  const scale = Math.min(1, THUMBNAIL / Math.max(width, height));
  const size = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
  const source = new OffscreenCanvas(width, height);
  source
    .getContext('2d')
    ?.putImageData(new ImageData(Uint8ClampedArray.from(data), width, height), 0, 0);
  return {...size, data: draw(source, size.width, size.height)};
}

/**
 * An image as a network takes it: `[1, height, width, channels]` float32 from 0 to 1. Grey is
 * ITU-R 601 luma; another size is reached by bilinear interpolation.
 */
export function imageTensor(
  {data, width, height}: Pixels,
  [toHeight, toWidth, channels]: readonly [number, number, number],
): tf.Tensor4D {
  return tf.tidy(() => {
    const values = Float32Array.from({length: width * height * 3}, (_, i) => {
      return (data[4 * Math.floor(i / 3) + (i % 3)] as number) / 255;
    });
    const colours = tf.tensor4d(values, [1, height, width, 3]);
    const image = channels === 3 ? colours : tf.sum<tf.Tensor4D>(tf.mul(colours, LUMA), 3, true);
    if (height === toHeight && width === toWidth) return image;
    return tf.image.resizeBilinear(image, [toHeight, toWidth]);
  });
}

const LUMA = [0.299, 0.587, 0.114];

/** A sample image of one channel as another network takes it. */
export function fitted(
  x: tf.Tensor4D,
  [height, width, channels]: readonly [number, number, number],
): tf.Tensor4D {
  return tf.tidy(() => {
    const isSame = x.shape[1] === height && x.shape[2] === width;
    const sized = isSame ? x : tf.image.resizeBilinear(x, [height, width]);
    return x.shape[3] === channels ? tf.clone(sized) : tf.tile(sized, [1, 1, 1, channels]);
  });
}
