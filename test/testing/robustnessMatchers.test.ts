import {expect as jestExpect} from 'expect';
import {type Assertion, describe, expect, it} from 'vitest';

import {robustnessMatchers} from '../../src/testing/robustnessMatchers';
import {brightness, brightnessData, spread} from '../support/onePixel';

expect.extend(robustnessMatchers);
jestExpect.extend(robustnessMatchers);

type Model = typeof brightness;

const dataset = brightnessData(spread(200));
const options = (atLeast: number) => ({epsilon: 0.1, atLeast});

// Of 200 examples 160 are robust.
describe.each([
  ['vitest', (model: Model) => expect(model)],
  // The matchers of `expect` by itself take no types from a test runner.
  ['jest', (model: Model) => jestExpect(model) as unknown as Assertion<Model>],
] as const)('toBeRobust in %s', (_name, expecting) => {
  it('passes where the model is shown to be as robust as asked', async () => {
    await expecting(brightness).toBeRobust(dataset, options(0.7));
    await expecting(brightness).not.toBeRobust(dataset, options(0.9));
  });

  it('fails with the whole story', async () => {
    await expect(expecting(brightness).toBeRobust(dataset, options(0.9))).rejects.toThrow(
      /not as robust as asked[^]*160 of 200[^]*Example/,
    );
    await expect(expecting(brightness).not.toBeRobust(dataset, options(0.7))).rejects.toThrow(
      'The model is as robust as asked',
    );
  });

  it('fails either way where the examples decide nothing, unless told to pass', async () => {
    const open = options(0.8);
    await expect(expecting(brightness).toBeRobust(dataset, open)).rejects.toThrow('Too few');
    await expect(expecting(brightness).not.toBeRobust(dataset, open)).rejects.toThrow('Too few');
    await expecting(brightness).toBeRobust(dataset, {...open, undecided: 'pass'});
    await expecting(brightness).not.toBeRobust(dataset, {...open, undecided: 'pass'});
  });
});

it('toBeRobust is typed', () => {
  // @ts-expect-error a misspelt option
  expect(() => expect(brightness).toBeRobust(dataset, {atleast: 0.5})).toBeTypeOf('function');
});
