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
});
