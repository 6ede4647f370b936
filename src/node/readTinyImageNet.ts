import {basename, join} from 'node:path';

import {checkText} from '../core/checks/checkForm';
import type * as tf from '@tensorflow/tfjs-core';

import type {Dataset} from '../core/dataset';
import {DataFormatError} from '../core/errors';
import {type Defaults, withDefaults} from '../core/options';
import {decodeImage, type ImageDecoder} from '../data/decodeImage';
import {imageDataset} from '../data/imageDataset';
import {foldersIn, imageFile, imagesBelow, refused} from './imageFiles';
import {readRegularFile} from './regularFile';

/** Options of {@link readTinyImageNet}. */
export interface ReadTinyImageNetOptions {
  /**
   * Largest number of bytes of decoded images that each part keeps in memory, ≥ 0. Images beyond it
   * are read and decoded each time. All of the training images take 1.2 GB. The default is 256 MiB.
   * @defaultValue 268435456
   */
  readonly cacheBytes?: number | undefined;
  /**
   * Decodes a file, to one to four bytes for each pixel: see `DecodedImage` of `lt-robust/data`. The
   * default reads PNG and JPEG. @defaultValue decodeImage
   */
  readonly decode?: ImageDecoder | undefined;
}

/** Both labelled parts of Tiny-ImageNet. */
export interface TinyImageNetParts {
  /** The training images. */
  readonly train: Dataset<tf.Tensor4D>;
  /** The validation images: the papers' test set, since the test images have no labels. */
  readonly test: Dataset<tf.Tensor4D>;
}

const DEFAULTS: Defaults<ReadTinyImageNetOptions> = {cacheBytes: 268435456, decode: decodeImage};
const MAX_TEXT_BYTES = 2 ** 25;
const NEWLINE = 0x0a;

/**
 * Tiny-ImageNet from the folder that its archive unpacks to, `tiny-imagenet-200`: training images
 * in `train/<class>/images`, validation images in `val/images` with `val/val_annotations.txt`.
 * Classes are numbered in the order of their WordNet numbers, as torchvision's `ImageFolder` does
 * it; their names come from `words.txt`, where it is there.
 *
 * @param folder - Path of the folder.
 * @param options - See {@link ReadTinyImageNetOptions}.
 * @returns Training and validation images, batches as promises of `[batch, 64, 64, 3]` float32 in
 *   `[0, 1]`.
 * @throws {@link InvalidArgumentError} if a folder is missing, has no image, or holds a pipe, a
 *   device, a link to a folder or one that leads nowhere.
 * @throws {@link DataFormatError} if a text file or the first image of a part is garbled.
 * @see Le & Yang 2015, Tiny ImageNet Visual Recognition Challenge.
 * @example
 * ```ts no-run the archive has 240 MB
 * import {readTinyImageNet} from 'lt-robust/node';
 *
 * const {train, test} = await readTinyImageNet('tiny-imagenet-200');
 * train.labels.length; // => 100000
 * ```
 */
export async function readTinyImageNet(
  folder: string,
  options: ReadTinyImageNetOptions = {},
): Promise<TinyImageNetParts> {
  const where = 'readTinyImageNet';
  checkText(where, 'folder', folder);
  const settings = withDefaults(where, DEFAULTS, options);
  const folders = await foldersIn(where, join(folder, 'train'));
  if (folders.length === 0) {
    throw refused(where, 'hold train/<class>/images', `no class in ${join(folder, 'train')}`);
  }
  const classes = folders.map((path) => basename(path));
  const classNames = await namesOf(where, folder, classes);
  const train = [];
  for (const [label, path] of folders.entries()) {
    const images = await imagesBelow(where, join(path, 'images'));
    if (images.length === 0) throw refused(where, 'hold images of each class', `none in ${path}`);
    train.push(...images.map((image) => imageFile(where, image, label)));
  }
  const test = await validationFiles(where, join(folder, 'val'), classes);
  return {
    train: await imageDataset(train, {...settings, classNames}),
    test: await imageDataset(test, {...settings, classNames}),
  };
}

/** A line of a text file, and at which byte it starts. */
interface Line {
  readonly text: string;
  readonly offset: number;
}

async function linesOf(where: string, path: string): Promise<Line[]> {
  const bytes = await readRegularFile(where, path, MAX_TEXT_BYTES, 'folder');
  const lines: Line[] = [];
  // In bytes: decoded text has other lengths, where there is a byte order mark or garbled UTF-8.
  for (let offset = 0; offset < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, offset);
    const end = newline < 0 ? bytes.length : newline;
    const text = new TextDecoder().decode(bytes.subarray(offset, end));
    lines.push({text: text.replace(/\r$/, ''), offset});
    offset = end + 1;
  }
  return lines;
}

// Lines of "n01443537<tab>goldfish, Carassius auratus": the first name of each class.
async function namesOf(where: string, folder: string, classes: readonly string[]) {
  const lines = await linesOf(where, join(folder, 'words.txt')).catch((error: unknown) => {
    if (error instanceof Error && error.message.includes('ENOENT')) return [];
    throw error;
  });
  const words = new Map(lines.map(({text}) => text.split('\t') as [string, string | undefined]));
  return classes.map((name) => words.get(name)?.split(',')[0]?.trim() ?? name);
}

// Lines of "val_0.JPEG<tab>n03444034<tab>0<tab>32<tab>44<tab>62", a bounding box at the end.
async function validationFiles(where: string, folder: string, classes: readonly string[]) {
  const path = join(folder, 'val_annotations.txt');
  const files = [];
  for (const {text, offset} of await linesOf(where, path)) {
    if (text.trim() === '') continue;
    const [name = '', wordNet = ''] = text.split('\t');
    const label = classes.indexOf(wordNet);
    if (label < 0 || !/^[\w.-]+\.(jpe?g|png)$/i.test(name)) {
      throw new DataFormatError({
        source: path,
        offset,
        expected: 'the name of an image, a tab and one of the classes in train',
        found: JSON.stringify(text.slice(0, 60)),
      });
    }
    files.push(imageFile(where, join(folder, 'images', name), label));
  }
  if (files.length === 0) throw refused(where, 'hold validation images', `none in ${path}`);
  return files;
}
