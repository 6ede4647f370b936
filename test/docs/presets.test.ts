import {readFileSync} from 'node:fs';

import * as prettier from 'prettier';
import {describe, expect, it} from 'vitest';

import {presetsDocument} from '../../scripts/presetsDocument';

describe('docs/presets.md', () => {
  it('is what the code says; run `npm run presets`', async () => {
    const path = 'docs/presets.md';
    const options = {...(await prettier.resolveConfig(path)), filepath: path};
    expect(readFileSync(path, 'utf8')).toBe(await prettier.format(presetsDocument(), options));
  });
});
