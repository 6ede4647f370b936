import path from 'node:path';
import {fileURLToPath} from 'node:url';

import {defineConfig, type MarkdownOptions} from 'vitepress';

import {referenceSidebar} from './reference';
import {slugOf} from './slug';

const base = process.env['DOCS_BASE'] ?? '/';
const docs = fileURLToPath(new URL('..', import.meta.url));

type MarkdownIt = Parameters<NonNullable<MarkdownOptions['config']>>[0];

/**
 * Where a link of README or CHANGELOG leads on the site. Both are written for the root of the
 * repository, and shown here as pages of `docs`.
 */
function pageOf(link: string): string {
  if (link.startsWith('docs/')) return `./${link.slice('docs/'.length)}`;
  return link.replace(/^(?:\.\.\/)?CHANGELOG\.md/, './changelog.md');
}

function linksFromRoot(markdown: MarkdownIt): void {
  markdown.core.ruler.push('links-from-root', ({tokens}) => {
    for (const token of tokens.flatMap(({children}) => children ?? [])) {
      for (const name of ['href', 'src']) {
        const link = token.attrGet(name);
        if (link !== null) token.attrSet(name, pageOf(link));
      }
    }
  });
}

/** Commands are indented in the documents; on the site they get a frame that scrolls, and can be copied. */
function commandsAsFences(markdown: MarkdownIt): void {
  markdown.core.ruler.push('commands-as-fences', ({tokens}) => {
    for (const token of tokens) {
      if (token.type !== 'code_block') continue;
      token.type = 'fence';
      token.info = 'sh';
    }
  });
}

export default defineConfig({
  title: 'lt-robust',
  description:
    'Adversarial attacks, robust and long-tailed losses, samplers and training for TensorFlow.js',
  base,
  head: [['link', {rel: 'icon', type: 'image/svg+xml', href: `${base}favicon.svg`}]],
  cleanUrls: true,
  // Nothing is fetched from elsewhere, and nothing depends on when the site was built.
  lastUpdated: false,
  markdown: {
    math: true,
    theme: {light: 'github-light-high-contrast', dark: 'github-dark-high-contrast'},
    anchor: {slugify: slugOf},
    config(markdown) {
      linksFromRoot(markdown);
      commandsAsFences(markdown);
    },
  },
  themeConfig: {
    search: {provider: 'local'},
    outline: [2, 3],
    nav: [
      {text: 'Guide', link: '/attack', activeMatch: '^/(?!api|paper|changelog)'},
      {text: 'Reference', link: '/api/index/', activeMatch: '^/api/'},
      {text: 'The paper', link: '/paper'},
      {text: 'Changelog', link: '/changelog'},
    ],
    sidebar: {
      '/api/': referenceSidebar(path.join(docs, 'api')),
      '/': [
        {
          text: 'Start',
          items: [
            {text: 'What it is', link: '/'},
            {text: 'Attack your model', link: '/attack'},
            {text: 'Read a report', link: '/reading'},
            {text: 'Threat models', link: '/threat-models'},
            {text: 'Long tails, from the start', link: '/long-tails'},
          ],
        },
        {
          text: 'Your program',
          items: [
            {text: 'Data and augmentation', link: '/data'},
            {text: 'Networks and PyTorch weights', link: '/models'},
            {text: 'Browser and worker', link: '/browser'},
            {text: 'Backends and speed', link: '/backends'},
            {text: 'Memory', link: '/memory'},
            {text: 'Command line', link: '/cli'},
            {text: 'Past one process', link: '/queue'},
            {text: 'Tests of a model', link: '/testing'},
            {text: 'Continuous integration', link: '/ci'},
            {text: 'Tables and pages', link: '/report'},
          ],
        },
        {
          text: 'In depth',
          items: [
            {text: 'AutoAttack', link: '/autoattack'},
            {text: 'Training methods', link: '/methods'},
            {text: 'The papers’ recipes', link: '/presets'},
            {text: 'Experiments as data', link: '/registry'},
            {text: 'A method of your own', link: '/own-method'},
            {text: 'Gradients on every backend', link: '/gradient-audit'},
            {text: 'What a step costs', link: '/benchmarks'},
            {text: 'The paper, part by part', link: '/paper'},
            {text: 'What was measured', link: '/results'},
          ],
        },
        {
          text: 'The project',
          items: [
            {text: 'Contributing', link: '/contributing'},
            {text: 'The tests, tested', link: '/mutation'},
            {text: 'Decisions', link: '/decisions/'},
            {text: 'Changelog', link: '/changelog'},
          ],
        },
      ],
    },
    docFooter: {prev: 'Before', next: 'Next'},
    footer: {message: 'MIT licence'},
  },
});
