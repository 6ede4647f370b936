import * as tf from '@tensorflow/tfjs-core';
import {describe, expect, it} from 'vitest';

import {changedImages, imageSeries} from '../../../src/core/layers/imageSeries';

const rectangle = {top: 1, left: 2, height: 3, width: 4};
const images = (): tf.Tensor => tf.zeros([1, 8, 8, 1]);

describe('imageSeries', () => {
  it('says of announced images what changes, and nothing of others', () => {
    const [x, other] = [images(), images()];
    const base = () => tf.ones([1, 8, 8, 1]);
    imageSeries().announce(x, rectangle, base);
    expect(changedImages(x)).toMatchObject({rectangle, base, index: 0, kept: new Set()});
    expect(changedImages(other)).toBeUndefined();
    tf.dispose([x, other]);
  });

  it('hands what is kept of a change to the next one', () => {
    const series = imageSeries();
    const [first, second, third] = [images(), images(), images()];
    series.announce(first, rectangle, images);
    series.keep(2);
    series.keep(0);
    series.announce(second, rectangle, images);
    series.announce(third, rectangle, images);
    expect(changedImages(first)).toMatchObject({index: 0, kept: new Set()});
    expect(changedImages(second)).toMatchObject({index: 1, kept: new Set([0, 2])});
    expect(changedImages(third)).toMatchObject({index: 2, kept: new Set()});
    tf.dispose([first, second, third]);
  });

  it('disposes what passes have left when it forgets', () => {
    const series = imageSeries();
    const x = images();
    series.announce(x, rectangle, images);
    const disposed: string[] = [];
    const {left} = changedImages(x) ?? {};
    for (const name of ['a', 'b']) left?.set({name}, {dispose: () => disposed.push(name)});
    series.forget();
    series.forget();
    expect(disposed).toEqual(['a', 'b']);
    expect(left?.size).toBe(0);
    x.dispose();
  });
});
