import {describe, expect, it} from 'vitest';

import {resnet18, type Resnet18Options} from '../../src/models/resnet18';
import {parametersOf, TORCH} from '../support/networks';

function sizeOf(options: Resnet18Options) {
  const model = resnet18(options);
  const parameters = parametersOf(model);
  const size = {parameters, statistics: model.countParams() - parameters};
  model.dispose();
  return size;
}

describe('resnet18', () => {
  // The other golden counts differ from these in the last layer only, 513 for each class.
  it.each([
    ['resnet18-10', {}],
    ['resnet18-width16', {width: 16}],
  ])('has the weights of PyTorch’s: %s', (name, options) => {
    expect(sizeOf(options)).toEqual(TORCH.counts[name]);
  });

  it.each([100, 200])('has 513 weights for each of %i classes', (classes) => {
    const counts = TORCH.counts[`resnet18-${classes}`]?.parameters ?? 0;
    expect(counts - (TORCH.counts['resnet18-10']?.parameters ?? 0)).toBe(513 * (classes - 10));
    const narrow = (numClasses: number) => sizeOf({width: 1, numClasses}).parameters;
    expect(narrow(classes) - narrow(10)).toBe((8 + 1) * (classes - 10));
  });

  it('has the weights of torchvision’s with its stem', () => {
    const options = {stem: 'imagenet', numClasses: 1000, inputShape: [224, 224, 3]} as const;
    expect(sizeOf(options)).toEqual(TORCH.counts['torchvision-resnet18']);
  });

  it('halves the map at stages 2 to 4, odd sizes up', () => {
    const model = resnet18({width: 1, inputShape: [17, 30, 3]});
    const shapes = [1, 2, 3, 4].map((stage) => model.getLayer(`layer${stage}.1.add`).outputShape);
    expect(shapes).toEqual([
      [null, 17, 30, 1],
      [null, 9, 15, 2],
      [null, 5, 8, 4],
      [null, 3, 4, 8],
    ]);
    model.dispose();
  });

  it('divides by 4 before them with torchvision’s stem', () => {
    const model = resnet18({width: 1, stem: 'imagenet', inputShape: [64, 61, 3]});
    expect(model.getLayer('layer1.0.add').outputShape).toEqual([null, 16, 16, 1]);
    model.dispose();
  });

  it.each([
    [{width: 1.5}, /resnet18: "width" must be an integer >= 1, found 1\.5/],
    [{stem: 'tiny'}, /resnet18: "stem" must be one of 'cifar', 'imagenet', found 'tiny'/],
  ])('refuses %o', (options, message) => {
    expect(() => resnet18(options as Resnet18Options)).toThrow(message);
  });
});
