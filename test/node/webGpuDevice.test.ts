import {createRequire} from 'node:module';

import {describe, expect, it} from 'vitest';

import {missingPackage} from '../../src/node/webGpuDevice';

// What it does with a device is tested where there is one: test/node/startWebGpu.test.ts.
describe('missingPackage', () => {
  const require = createRequire(import.meta.url);
  const failure = (load: () => unknown): unknown => {
    try {
      return load();
    } catch (error) {
      return error;
    }
  };

  it('says what to install', () => {
    const name = 'a-package-that-is-not-there';
    const cause = failure(() => require(name) as unknown);
    expect(missingPackage(name, cause).message).toBe(
      `startWebGpu: "environment" must have the package ${name}, found none. npm install ${name}`,
    );
  });

  it('tells one that does not load from one that is not there', () => {
    // As the package `webgpu` does on a platform that it has no build for.
    const cause = failure(() => require('./a-build-that-is-not-there.node') as unknown);
    expect(missingPackage('webgpu', cause).message).toMatch(
      new RegExp(
        'must have the package webgpu, found one that does not load \\(Cannot find module.*' +
          `no build for ${process.platform} on ${process.arch}`,
      ),
    );
  });
});
