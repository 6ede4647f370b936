import {expect, it} from 'vitest';

import {isMissingPackage} from '../../src/cli/missingPackage';

it('knows a package that is not installed from one that does not load', async () => {
  const name = 'lt-robust-no-such-package';
  const missing: unknown = await import(name).catch((error: unknown) => error);
  expect(isMissingPackage(missing, name)).toBe(true);
  expect(isMissingPackage(missing, 'another')).toBe(false);
  expect(isMissingPackage(new Error(name), name)).toBe(false);
  expect(isMissingPackage(name, name)).toBe(false);
});

it('takes the code of either way to load a package, and no other', () => {
  const failing = (code: unknown) => Object.assign(new Error("Cannot find 'a'"), {code});
  expect(isMissingPackage(failing('ERR_MODULE_NOT_FOUND'), 'a')).toBe(true);
  expect(isMissingPackage(failing('MODULE_NOT_FOUND'), 'a')).toBe(true);
  expect(isMissingPackage(failing('ERR_DLOPEN_FAILED'), 'a')).toBe(false);
  expect(isMissingPackage({code: 'MODULE_NOT_FOUND', message: 'a'}, 'a')).toBe(false);
});
