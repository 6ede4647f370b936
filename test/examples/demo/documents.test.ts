import {readFileSync} from 'node:fs';

import {describe, expect, it} from 'vitest';

import {fillBlocks} from '../../../examples/demo/documents';
import {keptBlocks, keptPictures} from '../../../examples/demo/kept';

describe('fillBlocks', () => {
  const text =
    'a\n<!-- results: x -->\nold\n<!-- /results -->\nb\n<!-- results: y -->\n<!-- /results -->';

  it('replaces what stands between the marks, and nothing else', () => {
    const filled = fillBlocks(text, {x: 'new', y: '$& is no pattern'});
    expect(filled).toBe(
      'a\n<!-- results: x -->\n\nnew\n\n<!-- /results -->\nb\n' +
        '<!-- results: y -->\n\n$& is no pattern\n\n<!-- /results -->',
    );
    expect(fillBlocks(filled, {x: 'new', y: '$& is no pattern'})).toBe(filled);
  });

  it('refuses a mark that no report fills', () => {
    expect(() => fillBlocks(text, {x: 'new'})).toThrow('no kept report gives "y"');
  });
});

describe('the documents say what the kept reports say (npm run results)', () => {
  it.each(['README.md', 'docs/results.md'])('%s', (path) => {
    const document = readFileSync(path, 'utf8');
    expect(document).toContain('<!-- results: demo: ');
    expect(fillBlocks(document, keptBlocks())).toBe(document);
  });

  it.each(Object.entries(keptPictures()))('%s', (path, svg) => {
    expect(readFileSync(path, 'utf8')).toBe(svg);
  });
});
