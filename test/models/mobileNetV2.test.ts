import {describe, expect, it} from 'vitest';

import {mobileNetV2} from '../../src/models/mobileNetV2';
import {parametersOf, TORCH} from '../support/networks';

describe('mobileNetV2', () => {
  it('has the weights of PyTorch’s', () => {
    const model = mobileNetV2();
    const parameters = parametersOf(model);
    const statistics = model.countParams() - parameters;
    expect({parameters, statistics}).toEqual(TORCH.counts['mobileNetV2-10']);
    model.dispose();
  });

  it('ends at an eighth of the input', () => {
    const model = mobileNetV2({width: 0.1});
    expect(model.getLayer('relu2').outputShape).toEqual([null, 4, 4, 128]);
    model.dispose();
  });

  it('adds where the stride is 1 only', () => {
    const model = mobileNetV2({width: 0.1});
    const sums = model.layers.filter((layer) => layer.getClassName() === 'Add');
    expect(sums.length).toBe(14); // of 17 blocks
    model.dispose();
  });

  it('starts depthwise kernels within 1/3, their fan-in being 9', () => {
    const model = mobileNetV2({width: 0.5});
    const kernel = model.getLayer('layers.10.conv2').getWeights()[0]?.dataSync() ?? [];
    const largest = Math.max(...Array.from(kernel, Math.abs));
    expect(largest).toBeLessThanOrEqual(1 / 3);
    expect(largest).toBeGreaterThan(0.33);
    model.dispose();
  });

  it('refuses a width of 0', () => {
    expect(() => mobileNetV2({width: 0})).toThrow(/"width" must be a finite number > 0/);
  });
});
