import {describe, expect, it} from 'vitest';

import {versionOf, versions} from '../../src/cli/versions';

describe('versions', () => {
  it('are those of the packages that are there', () => {
    expect(versionOf('@tensorflow/tfjs-core')).toBe('4.22.0');
    expect(versionOf('a-package-that-is-not-there')).toBeUndefined();
    expect(versions()).toMatchObject({node: process.version, '@tensorflow/tfjs-layers': '4.22.0'});
  });

  it('name no package that is not there', () => {
    const found = versions();
    expect(Object.keys(found)).toEqual([
      ...['node', 'lt-robust', '@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'],
      ...['@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-cpu'],
      '@tensorflow/tfjs-backend-webgpu',
    ]);
    for (const [name, version] of Object.entries(found)) {
      if (name !== 'node') expect(version).toBe(versionOf(name));
      expect(version).toMatch(/^v?\d+\.\d+\.\d+/);
    }
  });
});
