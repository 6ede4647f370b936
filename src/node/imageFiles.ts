import type {Stats} from 'node:fs';
import {readdir, stat} from 'node:fs/promises';
import {basename, join} from 'node:path';

import {InvalidArgumentError} from '../core/errors';
import type {ImageFile} from '../data/imageDataset';
import {kindOf, messageOf, readRegularFile} from './regularFile';

// Larger than any image that decodeImage takes.
const MAX_IMAGE_BYTES = 2 ** 27;

const isImageName = (name: string): boolean => /\.(png|jpe?g)$/i.test(name);

/** Whether a file or folder is hidden, as the `._` files are that macOS puts beside others. */
export const isHidden = (name: string): boolean => name.startsWith('.');

/** An image file on disk. */
export const imageFile = (where: string, path: string, label: number): ImageFile => ({
  name: path,
  label,
  read: () => readRegularFile(where, path, MAX_IMAGE_BYTES, 'folder'),
});

/**
 * The folders in a folder, in the order of their names. Hidden ones, and what macOS adds to zip
 * archives, are left out.
 */
export async function foldersIn(where: string, folder: string): Promise<string[]> {
  const entries = await entriesOf(where, folder);
  return entries.filter(({kind}) => kind === 'folder').map(({path}) => path);
}

/**
 * Paths of all PNG and JPEG files in a folder and the folders in it, in the order of their names.
 * Hidden files and those with other endings are left out; pipes and devices are refused.
 */
export async function imagesBelow(where: string, folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const {path, kind} of await entriesOf(where, folder)) {
    if (kind === 'folder') paths.push(...(await imagesBelow(where, path)));
    else if (isImageName(basename(path))) paths.push(path);
  }
  return paths;
}

async function entriesOf(where: string, folder: string) {
  const entries = await readdir(folder, {withFileTypes: true}).catch((error: unknown) => {
    throw refused(where, 'be a folder that can be read', `${folder} (${messageOf(error)})`);
  });
  const visible = entries.filter(({name}) => !isHidden(name) && name !== '__MACOSX');
  // In the order of code units, as Python sorts: it decides the numbers of the classes.
  visible.sort((a, b) => (a.name < b.name ? -1 : 1));
  const found: {path: string; kind: 'folder' | 'file'}[] = [];
  for (const entry of visible) {
    const path = join(folder, entry.name);
    // A link may lead to a file. A link to a folder could lead around in a circle.
    const target = entry.isSymbolicLink() ? await targetOf(where, path) : entry;
    if (target.isFile()) found.push({path, kind: 'file'});
    else if (entry.isDirectory()) found.push({path, kind: 'folder'});
    else {
      const kind = target.isDirectory() ? 'a link to a folder' : kindOf(target);
      throw refused(where, 'hold files and folders only', `${path}, ${kind}`);
    }
  }
  return found;
}

const targetOf = (where: string, path: string): Promise<Stats> =>
  stat(path).catch((error: unknown) => {
    throw refused(where, 'hold no link that leads nowhere', `${path} (${messageOf(error)})`);
  });

export const refused = (where: string, expected: string, found: string): InvalidArgumentError =>
  new InvalidArgumentError({
    where,
    argument: 'folder',
    expected,
    found,
    remedy: 'Check the path and what lies there.',
  });
