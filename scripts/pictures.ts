/**
 * Makes the pictures of README and the guides from models that it trains: `npm run pictures`. What was
 * measured stays in reports/pictures; `-- --kept` draws it again without training.
 */
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';

import {copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';

import * as tf from '@tensorflow/tfjs-core';
import {registerGradientKernels} from 'lt-robust/kernels';
import {reportHtml, reportTable, type ReportHtmlOptions} from 'lt-robust/report';

import {adversarialPicture} from './adversarialPicture';
import {CLASS_NAMES, EPSILONS, makeSamples, type Samples} from './sampleReports';
import {screenshots} from './screenshots';

const FOLDER = 'reports/pictures';
const KEPT = `${FOLDER}/samples.json`;
/** The pictures of pages that documents show; the others are to be looked at. */
const SHOWN = [
  'report-wide-light.png',
  'report-phone-dark.png',
  'comparison-wide-dark.png',
  'comparison-phone-light.png',
];

async function samples(): Promise<Samples> {
  if (process.argv.includes('--kept') && existsSync(KEPT)) {
    return JSON.parse(readFileSync(KEPT, 'utf8')) as Samples;
  }
  await tf.setBackend('wasm');
  await registerGradientKernels();
  const made = await makeSamples();
  mkdirSync(FOLDER, {recursive: true});
  writeFileSync(KEPT, JSON.stringify(made));
  return made;
}

const {natural, pgdAt, atBsl, portraits, labels, classCounts, details} = await samples();
const options: ReportHtmlOptions = {
  ...{classNames: CLASS_NAMES, classCounts, epsilons: EPSILONS, labels, details},
  command: 'npm run pictures',
};
const pages = {
  report: reportHtml(pgdAt.report, {
    ...options,
    ...{title: 'PGD adversarial training on a long tail', examples: pgdAt.examples},
    summary:
      'A small convolutional network, trained by PGD-AT on 2,236 images of which the rarest class ' +
      'has 16, on the 2,000 test images of the embedded Fashion-MNIST.',
  }),
  comparison: reportHtml(
    {'PGD-AT': pgdAt.report, 'AT-BSL': atBsl.report},
    {...options, title: 'PGD-AT beside AT-BSL', summary: 'The same network, data and budget.'},
  ),
};
mkdirSync('docs/public', {recursive: true});
for (const [name, page] of Object.entries(pages))
  writeFileSync(`docs/public/sample-${name}.html`, page);
// In the documents, and beside the title of the site.
for (const folder of ['docs/images', 'docs/public'])
  writeFileSync(`${folder}/adversarial.svg`, adversarialPicture(portraits, CLASS_NAMES));
console.log(reportTable(natural.report, {classNames: CLASS_NAMES}));
await screenshots(pages, FOLDER);
for (const name of SHOWN) copyFileSync(`${FOLDER}/${name}`, `docs/images/${name}`);
