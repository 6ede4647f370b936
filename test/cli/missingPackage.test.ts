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
