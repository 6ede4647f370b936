import {basename} from 'node:path';

import {checkGiven} from '../core/checks/checkGiven';
import {checkText} from '../core/checks/checkForm';
import type * as tf from '@tensorflow/tfjs-core';

import type {Dataset} from '../core/dataset';
import {type Defaults, withDefaults} from '../core/options';
import {decodeImage, type ImageDecoder} from '../data/decodeImage';
import {imageDataset, type ImageFile} from '../data/imageDataset';
import {foldersIn, imageFile, imagesBelow, refused} from './imageFiles';

/** Options of {@link readImageFolder}. */
export interface ReadImageFolderOptions {
  /** 3 for colour, 1 for grey (ITU-R 601 luma). Opacity is dropped. @defaultValue 3 */
  readonly channels?: 1 | 3 | undefined;
  /**
   * Largest number of bytes of decoded images that are kept in memory, ≥ 0. Images beyond it are
   * read and decoded each time. The default is 256 MiB. @defaultValue 268435456
   */
  readonly cacheBytes?: number | undefined;
  /**
   * Decodes a file, to one to four bytes for each pixel: see `DecodedImage` of `lt-robust/data`. The
   * default reads PNG and JPEG. @defaultValue decodeImage
   */
  readonly decode?: ImageDecoder | undefined;
}

const DEFAULTS: Defaults<ReadImageFolderOptions> = {
  channels: 3,
  cacheBytes: 268435456,
  decode: decodeImage,
};

/**
 * A dataset from a folder that has a folder of images for each class: `cats/1.png`,
 * `dogs/a/2.jpg`. Classes are numbered in the order of the folders' names, as torchvision's
 * `ImageFolder` does it. All images must be of one size. They are read and decoded when a batch
 * asks for them; see {@link imageDataset}.
 *
 * @param folder - Path of the folder.
 * @param options - See {@link ReadImageFolderOptions}.
 * @returns A dataset whose batches are promises of `[batch, height, width, channels]` float32 in
 *   `[0, 1]`, with the folders' names as `classNames`.
 * @throws {@link InvalidArgumentError} if there is no such folder, it has no folders in it, one of
 *   them has no image, or a pipe, a device, a link to a folder or one that leads nowhere lies there.
 * @throws {@link DataFormatError} if the first image is broken.
 * @example
 * ```ts no-run it needs a folder
 * import {readImageFolder} from 'lt-robust/node';
 *
 * const data = await readImageFolder('flowers');
 * const {x, labels} = await data.batch([0, 1, 2]);
 * ```
 */
export async function readImageFolder(
  folder: string,
  options: ReadImageFolderOptions = {},
): Promise<Dataset<tf.Tensor4D>> {
  const where = 'readImageFolder';
  checkText('readImageFolder', 'folder', folder);
  checkGiven(
    'readImageFolder',
    'folder',
    folder,
    folder !== '',
    'name a folder',
    "Pass '.', or its path.",
  );
  const settings = withDefaults(where, DEFAULTS, options);
  const classes = await foldersIn(where, folder);
  if (classes.length === 0) {
    throw refused(where, 'hold a folder of images for each class', `no folder in ${folder}`);
  }
  const files: ImageFile[] = [];
  for (const [label, path] of classes.entries()) {
    const images = await imagesBelow(where, path);
    if (images.length === 0) {
      throw refused(where, 'hold a PNG or JPEG image of each class', `none in ${path}`);
    }
    files.push(...images.map((image) => imageFile(where, image, label)));
  }
  const classNames = classes.map((path) => basename(path));
  return imageDataset(files, {...settings, classNames});
}
