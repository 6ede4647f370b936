import {basename} from 'node:path';

import {InvalidArgumentError} from '../core/errors';

const where = 'readDataset';

/** The error about files that cannot be left on disk. */
export const packed = (file: string): InvalidArgumentError =>
  new InvalidArgumentError({
    where,
    argument: 'storage',
    expected: "be 'memory' for files that are packed",
    found: `'files' and ${basename(file)}`,
    remedy: 'Unpack it first, or leave storage out.',
  });

/** The error about files that make no dataset together. */
export const wrongFiles = (expected: string, found: string, remedy: string): InvalidArgumentError =>
  new InvalidArgumentError({where, argument: 'location', expected, found, remedy});
