import {fc, it} from '@fast-check/vitest';
import {parseHTML} from 'linkedom';
import {describe, expect} from 'vitest';

import {escapeHtml, html} from '../../src/report/html';

const nasty = fc.oneof(
  fc.string({unit: 'grapheme'}),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onload='x",
    '&lt;',
    '</style>',
  ),
);

describe('html', () => {
  it.prop([nasty, nasty])('shows text as it is, in content and in attributes', (text, other) => {
    const {document} = parseHTML(
      `<html><body>${html`<p title="${text}">${other}</p>`.markup}</body></html>`,
    );
    const p = document.querySelector('p')!;
    expect(document.body.children).toHaveLength(1);
    expect(p.children).toHaveLength(0);
    expect(p.getAttribute('title')).toBe(text);
    expect(p.textContent).toBe(other);
    expect(p.attributes).toHaveLength(1);
  });

  it('keeps markup, joins lists and leaves out what is none', () => {
    const items = ['<a>', 2].map((item) => html`<li>${item}</li>`);
    expect(html`${items}${null}${undefined}`.markup).toBe('<li>&lt;a&gt;</li><li>2</li>');
  });

  it('escapes all that may end a text or an attribute', () => {
    expect(escapeHtml(`<>&"'\``)).toBe('&lt;&gt;&amp;&quot;&#39;&#96;');
  });
});
