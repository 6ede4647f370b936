import {describe, expect, it} from 'vitest';

import {packed, wrongFiles} from '../../src/node/refusedFiles';

describe('errors about files', () => {
  it('name the option, or what is wrong with the location', () => {
    expect(String(packed('a/b.npz'))).toBe(
      'InvalidArgumentError: readDataset: "storage" must be \'memory\' for files that are packed, ' +
        "found 'files' and b.npz. Unpack it first, or leave storage out.",
    );
    expect(String(wrongFiles('name files', 'none', 'Check the path.'))).toBe(
      'InvalidArgumentError: readDataset: "location" must name files, found none. Check the path.',
    );
  });
});
