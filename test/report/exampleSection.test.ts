import {parseHTML} from 'linkedom';
import {describe, expect, it} from 'vitest';

import {exampleSection, type ReportExample} from '../../src/report/exampleSection';

const example: ReportExample = {
  ...{example: 7, label: 1, cleanAnswer: 1, answer: 0, shape: [1, 2, 1]},
  ...{clean: [0.5, 0.25], adversarial: [0.5, 0.375]},
};

describe('exampleSection', () => {
  it('has three pictures with words, and both answers', () => {
    const section = exampleSection([example], [0, 1], ['cat', 'dog'])!;
    const {document} = parseHTML(`<html><body>${section.markup}</body></html>`);
    const images = [...document.querySelectorAll('img')];
    expect(images.map((image) => image.getAttribute('alt'))).toEqual([
      'Example 7, clean',
      'Example 7, perturbed',
      'What was changed',
    ]);
    for (const image of images)
      expect(image.getAttribute('src')).toMatch(/^data:image\/png;base64,/);
    expect(document.querySelector('.good')!.textContent).toBe('right: 1 (dog)');
    expect(document.querySelector('.bad')!.textContent).toBe('wrong: 0 (cat)');
    expect(section.markup).toContain('up to 0.125');
  });

  it('is none where there is no picture', () => {
    expect(exampleSection([], [0, 1])).toBeNull();
    expect(exampleSection([{...example, shape: [2]}], [0, 1])).toBeNull();
  });
  it('says what was changed most, in either direction', () => {
    const textOf = (adversarial: number[]) => {
      const section = exampleSection([{...example, adversarial}], [0, 1])!;
      const {document} = parseHTML(`<html><body>${section.markup}</body></html>`);
      return document.body.textContent!.replace(/\s+/g, ' ');
    };
    expect(textOf([0.25, 0.375])).toContain('up to 0.25');
    expect(textOf([0.5, 0.25])).toContain('up to 0');
    expect(textOf([0.5, 0.25 + 8 / 255])).toContain('up to 8/255');
    expect(textOf([0.5, 0.25])).toContain('Example 7: 1');
    expect(textOf([0.5, 0.25])).toContain(
      'Examples that the attack breaks Clean, perturbed, and what was changed: grey is no change, ' +
        'black and white are the largest one.',
    );
  });

  it('leaves out what is no picture, and takes the range of the pixels', () => {
    const section = exampleSection([{...example, shape: [2]}, example], [0, 1])!;
    const {document} = parseHTML(`<html><body>${section.markup}</body></html>`);
    expect(document.querySelectorAll('li')).toHaveLength(1);
    const sources = (range: [number, number], scale: number) => {
      const scaled = (values: ArrayLike<number>) => Array.from(values, (value) => value * scale);
      const {clean, adversarial} = example;
      const one = {...example, clean: scaled(clean), adversarial: scaled(adversarial)};
      return exampleSection([one], range)!.markup.match(/data:image[^"]*/g);
    };
    expect(sources([0, 255], 255)).toEqual(sources([0, 1], 1));
    expect(new Set(sources([0, 1], 1)).size).toBe(3);
  });
});
