import {readdir, readFile} from 'node:fs/promises';
import path from 'node:path';

import {decode} from 'fast-png';

import type {DatasetInMemory} from '../core/dataset';
import {arrayDataset} from '../data/arrayDataset';
import {CliError} from './cliError';

/** Images and the names of their classes. */
export interface NamedDataset {
  readonly dataset: DatasetInMemory;
  readonly classNames: readonly string[];
}

const byName = (a: string, b: string): number => (a < b ? -1 : 1);

/** The folders of a folder, by name; none if there are none. */
export async function classFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {withFileTypes: true});
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({name}) => name)
    .sort(byName);
}

/** One image as bytes of so many channels; opacity is dropped. */
function pixelsOf(bytes: Uint8Array, channels: 1 | 3, file: string) {
  let image;
  try {
    image = decode(bytes);
  } catch (error) {
    throw new CliError(
      `${file} is no PNG that can be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const {width, height, data, depth, palette} = image;
  if (depth !== 8 && depth !== 16)
    throw new CliError(`${file} has ${depth} bits a channel: 8 or 16 can be read.`);
  const own = image.channels;
  const pixels = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    const at = (channel: number) =>
      Math.round((data[i * own + channel] ?? 0) / (depth === 16 ? 257 : 1));
    const entry = palette?.[data[i] ?? 0];
    const [red = 0, green = red, blue = red] = entry ?? (own < 3 ? [at(0)] : [at(0), at(1), at(2)]);
    // ITU-R 601 luma for grey.
    const values =
      channels === 1
        ? [Math.round(0.299 * red + 0.587 * green + 0.114 * blue)]
        : [red, green, blue];
    pixels.set(values, i * channels);
  }
  return {pixels, size: [height, width] as const};
}

/**
 * Reads a folder that has a folder of PNG files for each class, `cat/1.png`, classes in the order of
 * their names.
 *
 * @param folder - Path.
 * @param channels - 3 for colour, 1 for grey.
 */
export async function readPngFolder(folder: string, channels: 1 | 3): Promise<NamedDataset> {
  const classNames = await classFolders(folder);
  const images: Uint8Array[] = [];
  const labels: number[] = [];
  let size: readonly [number, number] | undefined;
  for (const [label, name] of classNames.entries()) {
    const files = (await readdir(path.join(folder, name))).filter((file) => /\.png$/i.test(file));
    if (files.length === 0) throw new CliError(`${path.join(folder, name)} has no PNG files.`);
    for (const file of files.sort(byName)) {
      const place = path.join(folder, name, file);
      const image = pixelsOf(await readFile(place), channels, place);
      size ??= image.size;
      if (image.size[0] !== size[0] || image.size[1] !== size[1]) {
        throw new CliError(
          `${place} is ${image.size.join(' x ')} pixels, the first image ${size.join(' x ')}: all must be of one size.`,
        );
      }
      images.push(image.pixels);
      labels.push(label);
    }
  }
  if (size === undefined) throw new CliError(`${folder} has no folder of images for each class.`);
  const shape = [...size, channels] as const;
  const dataset = arrayDataset(Buffer.concat(images), labels, {
    shape,
    numClasses: classNames.length,
  });
  return {dataset, classNames};
}
