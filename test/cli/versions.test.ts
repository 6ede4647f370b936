import {describe, expect, it} from 'vitest';

import {versionOf, versions} from '../../src/cli/versions';

describe('versions', () => {
  it('are those of the packages that are there', () => {
    expect(versionOf('@tensorflow/tfjs-core')).toBe('4.22.0');
    expect(versionOf('a-package-that-is-not-there')).toBeUndefined();
    expect(versions()).toMatchObject({node: process.version, '@tensorflow/tfjs-layers': '4.22.0'});
  });
});
