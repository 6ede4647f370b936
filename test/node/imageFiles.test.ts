import {execFileSync} from 'node:child_process';
import {symlink} from 'node:fs/promises';
import {join, relative} from 'node:path';

import {describe, expect, it} from 'vitest';

import {isInvalidArgumentError} from '../../src/core/errors';
import {foldersIn, imageFile, imagesBelow} from '../../src/node/imageFiles';
import {withFolder} from '../support/folders';

const files = {
  'b/2.jpg': '2',
  'b/10.JPEG': '10',
  'b/deep/er/3.PNG': '3',
  'b/notes.txt': '',
  'b/.hidden.png': '',
  '.git/x.png': '',
  '__MACOSX/x.png': '',
  'b/__MACOSX/._2.jpg': '',
  'b/._2.jpg': '',
  'B/1.png': '1',
  'a.png': '',
};

describe('imagesBelow', () => {
  it('finds images at any depth, in the order of code units', async () => {
    await withFolder(files, async (folder) => {
      await symlink(join(folder, 'a.png'), join(folder, 'b', 'link.png'));
      const found = await imagesBelow('f', folder);
      expect(found.map((path) => relative(folder, path))).toEqual([
        ...['B/1.png', 'a.png', 'b/10.JPEG', 'b/2.jpg', 'b/deep/er/3.PNG', 'b/link.png'],
      ]);
      expect((await foldersIn('f', folder)).map((path) => relative(folder, path))).toEqual([
        ...['B', 'b'],
      ]);
      const file = imageFile('f', join(folder, 'b/2.jpg'), 7);
      expect([file.label, Buffer.from(await file.read()).toString()]).toEqual([7, '2']);
    });
  });

  it('names its folder where a file is gone', async () => {
    await withFolder({}, async (folder) => {
      const path = join(folder, 'gone.png');
      await expect(imageFile('f', path, 0).read()).rejects.toThrow(
        `f: "folder" must hold files that can be read, found ${path} (ENOENT: `,
      );
    });
  });

  it('refuses pipes and links to folders', async () => {
    await withFolder(files, async (folder) => {
      await symlink(folder, join(folder, 'b', 'up'));
      await expect(imagesBelow('f', folder)).rejects.toThrow(
        /^f: "folder" must hold files and folders only, found .*up, a link to a folder\. Check/,
      );
    });
    await withFolder(files, async (folder) => {
      execFileSync('mkfifo', [join(folder, 'c.png')]);
      await expect(imagesBelow('f', folder)).rejects.toThrow(/c\.png, a pipe \(FIFO\)/);
      await expect(foldersIn('f', folder)).rejects.toThrow(/a pipe/);
      await expect(foldersIn('f', join(folder, 'none'))).rejects.toThrow(
        /^f: "folder" must be a folder that can be read, found .*ENOENT/,
      );
    });
  });

  it.each([
    ['none', 'ENOENT'],
    ['c.png', 'ELOOP'],
  ])('names a link that leads nowhere: to %s', async (target, code) => {
    await withFolder(files, async (folder) => {
      const link = join(folder, 'c.png');
      await symlink(join(folder, target), link);
      for (const read of [imagesBelow, foldersIn]) {
        const error: unknown = await read('f', folder).catch((thrown: unknown) => thrown);
        expect(isInvalidArgumentError(error)).toBe(true);
        expect(String(error)).toContain(
          `f: "folder" must hold no link that leads nowhere, found ${link} (${code}: `,
        );
      }
    });
  });
});
