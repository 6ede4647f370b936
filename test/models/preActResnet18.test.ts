import {describe, expect, it} from 'vitest';

import {preActResnet18} from '../../src/models/preActResnet18';
import {parametersOf, TORCH} from '../support/networks';

describe('preActResnet18', () => {
  it('has the weights of PyTorch’s at the size for Tiny-ImageNet', () => {
    const model = preActResnet18({inputShape: [64, 64, 3], numClasses: 200});
    const parameters = parametersOf(model);
    const statistics = model.countParams() - parameters;
    expect({parameters, statistics}).toEqual(TORCH.counts['preActResnet18-200']);
    expect(model.getLayer('relu').outputShape).toEqual([null, 8, 8, 512]);
    model.dispose();
  });

  it.each([10, 100])('has 513 weights for each of %i classes', (classes) => {
    const counts = TORCH.counts[`preActResnet18-${classes}`]?.parameters ?? 0;
    expect((TORCH.counts['preActResnet18-200']?.parameters ?? 0) - counts).toBe(
      513 * (200 - classes),
    );
  });

  it('has a convolution without batch norm as shortcut, where the shape changes', () => {
    const model = preActResnet18({width: 1});
    const shortcuts = model.layers
      .map(({name}) => name)
      .filter((name) => name.includes('shortcut'));
    expect(shortcuts).toEqual(['layer2.0', 'layer3.0', 'layer4.0'].map((b) => `${b}.shortcut.0`));
    model.dispose();
  });

  it('refuses a fractional width', () => {
    expect(() => preActResnet18({width: 0.5})).toThrow(/"width" must be an integer >= 1/);
  });
});
