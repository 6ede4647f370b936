import type {AttackSettings, ImageRef, ModelInfo, PixelRange} from './protocol';

/** What is on the screen, as far as a program says it. */
export interface Shown {
  /** Where the page is, for what it downloads. */
  readonly site: string;
  readonly network:
    | {readonly sample: string}
    | {
        readonly own: string;
        readonly range: PixelRange;
        readonly kind: ModelInfo['kind'];
        readonly axes: ModelInfo['axes'];
      };
  readonly inputShape: ModelInfo['inputShape'];
  readonly image: {readonly sample: number} | {readonly own: string};
  /** The class that counts as right; `null`: what the network says. */
  readonly label: number | null;
  readonly settings: AttackSettings;
  readonly names: readonly string[];
  /** Sample images that are evaluated; 0 for none. */
  readonly evaluated: number;
}

/** Which of the page's two kinds an image is, for a program. */
export const shownImage = (image: ImageRef, nameOf: (id: number) => string): Shown['image'] =>
  'own' in image ? {own: nameOf(image.own)} : image;

class Imports {
  private readonly modules = new Map<string, Set<string>>();

  add(module: string, ...names: readonly string[]): void {
    const known = this.modules.get(module) ?? new Set();
    for (const name of names) known.add(name);
    this.modules.set(module, known);
  }

  lines(): string[] {
    const plainName = (name: string) => name.replace('type ', '').toLowerCase();
    return [...this.modules].map(([module, names]) => {
      const sorted = [...names].sort((a, b) => (plainName(a) < plainName(b) ? -1 : 1));
      return `import {${sorted.join(', ')}} from '${module}';`;
    });
  }
}

const quoted = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

// Where the model comes from, and the function to its logits.
function networkLines({network, site, inputShape}: Shown, imports: Imports): string[] {
  imports.add('lt-robust', 'asClassifier');
  if ('sample' in network) {
    imports.add('@tensorflow/tfjs-layers', 'loadLayersModel');
    const url = `${site}models/${network.sample}/model.json`;
    return [
      `const model = await loadLayersModel(${quoted(url)});`,
      'const classify = asClassifier(model);',
    ];
  }
  const {own, range, kind, axes} = network;
  imports.add('lt-robust/node', 'fileModel');
  if (kind === 'graph') imports.add('@tensorflow/tfjs-converter', 'loadGraphModel');
  else imports.add('@tensorflow/tfjs-layers', 'loadLayersModel');
  const load = kind === 'graph' ? 'loadGraphModel' : 'loadLayersModel';
  const model = `const model = await ${load}(fileModel(${quoted(own)}));`;
  if (range === '0..1' && axes === 3) return [model, 'const classify = asClassifier(model);'];
  const [height, width, channels] = inputShape;
  const form = axes === 2 ? `${height}, ${width}` : String(height * width * channels);
  const shaped = axes === 3 ? 'x' : `tf.reshape(x, [-1, ${form}])`;
  const scaled: Readonly<Record<PixelRange, string>> = {
    '0..1': shaped,
    '0..255': `tf.mul(${shaped}, 255)`,
    '-1..1': `tf.sub(tf.mul(${shaped}, 2), 1)`,
  };
  const pixels = `// It takes pixels from ${range.replace('..', ' to ').replace('-', '−')}; attacks have them from 0 to 1.`;
  return [
    model,
    `const network = asClassifier${axes === 3 ? '' : '<tf.Tensor>'}(model);`,
    ...(range === '0..1' ? [] : [pixels]),
    `const classify = (x: tf.Tensor4D) => network(${scaled[range]});`,
  ];
}

function dataLines({site}: Shown, imports: Imports): string[] {
  imports.add('lt-robust/data', 'idxDataset');
  return [
    'const download = async (name: string) => {',
    `  const response = await fetch(${quoted(site)} + name);`,
    '  return new Uint8Array(await response.arrayBuffer());',
    '};',
    "const [images, classes] = [await download('data/images.idx'), await download('data/labels.idx')];",
    'const data = idxDataset(images, classes);',
  ];
}

// `x`, the image as the network takes it.
function imageLines({image, inputShape}: Shown, imports: Imports): string[] {
  const [height, width, channels] = inputShape;
  if ('sample' in image) {
    const batch = `data.batch([${image.sample}]).x`;
    const sized =
      height === 28 && width === 28
        ? batch
        : `tf.image.resizeBilinear(${batch}, [${height}, ${width}])`;
    return [`const x = ${channels === 1 ? sized : `tf.tile(${sized}, [1, 1, 1, ${channels}])`};`];
  }
  imports.add('node:fs/promises', 'readFile');
  imports.add('lt-robust/data', 'decodeImage');
  const lines = [
    `const image = await decodeImage(await readFile(${quoted(image.own)}));`,
    'const values = Array.from(image.data, (byte) => byte / 255);',
    'const opaque = tf.slice(tf.tensor4d(values, [1, image.height, image.width, 4]), 0, [1, image.height, image.width, 3]);',
  ];
  const colours =
    channels === 3
      ? 'opaque'
      : 'tf.sum<tf.Tensor4D>(tf.mul(opaque, [0.299, 0.587, 0.114]), 3, true)';
  return [...lines, `const x = tf.image.resizeBilinear(${colours}, [${height}, ${width}]);`];
}

function attackLines({label, settings, names}: Shown, imports: Imports): string[] {
  const {norm, epsilon, steps, randomStart, target} = settings;
  imports.add('lt-robust', 'pgdAttackAsync');
  const settingsText = `norm: '${norm}', epsilon: ${epsilon}, steps: ${steps}`;
  const extra: string[] = [];
  if (randomStart) {
    imports.add('lt-robust', 'createRng');
    extra.push('rng: createRng(1)');
  }
  if (target !== null) extra.push(`targets: tf.tensor1d([${target}], 'int32')`);
  const nameOf = (c: number) => names[c] ?? `class ${c}`;
  const labels =
    label === null
      ? 'const labels = tf.argMax<tf.Tensor1D>(classify(x), 1); // what the network says counts as right'
      : `const labels = tf.tensor1d([${label}], 'int32'); // ${nameOf(label)}`;
  const options = ['...settings', ...extra].join(', ');
  return [
    `const settings = {${settingsText}} as const;`,
    labels,
    `const adversarial = await pgdAttackAsync(classify, x, labels, {${options}});${target === null ? '' : ` // to ${nameOf(target)}`}`,
    'const scores = await tf.softmax(classify(adversarial)).data();',
    'const answer = scores.indexOf(Math.max(...scores));',
    "console.log('the network says', names[answer] ?? answer, 'with probability', scores[answer]);",
  ];
}

function evaluationLines({evaluated, settings}: Shown, imports: Imports): string[] {
  if (evaluated === 0) return [];
  imports.add('lt-robust', 'evaluateRobustness', 'subset', 'type Attack');
  const rng = settings.randomStart ? ', rng: createRng(1)' : '';
  return [
    '',
    `// The first ${evaluated} images, class by class.`,
    'const pgd: Attack = (model, x, labels, context) =>',
    '  pgdAttackAsync(model, x, labels, {...context, ...settings});',
    `const some = subset(data, Array.from({length: ${evaluated}}, (_, i) => i));`,
    `const report = await evaluateRobustness(classify, some, {attacks: {pgd}${rng}});`,
    "console.log('right on clean images:', report.clean.accuracy);",
    "console.log('right under attack:', report.attacks['pgd']?.accuracy);",
  ];
}

/** The program that computes what is on the screen, for Node. */
export function programOf(shown: Shown): string {
  const imports = new Imports();
  imports.add('lt-robust/kernels', 'registerGradientKernels');
  const needsData = 'sample' in shown.image || shown.evaluated > 0;
  const body = [
    ...networkLines(shown, imports),
    ...(needsData ? dataLines(shown, imports) : []),
    ...imageLines(shown, imports),
    `const names = [${shown.names.slice(0, 1000).map(quoted).join(', ')}];`,
    '',
    ...attackLines(shown, imports),
    ...evaluationLines(shown, imports),
  ];
  const packages = ['lt-robust', '@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'];
  packages.push('@tensorflow/tfjs-backend-wasm');
  if ('own' in shown.network && shown.network.kind === 'graph')
    packages.push('@tensorflow/tfjs-converter');
  if ('own' in shown.image) packages.push('pngjs', 'jpeg-js');
  return `${[
    `// An ES module for Node: npm install ${packages.join(' ')}`,
    "import '@tensorflow/tfjs-backend-wasm';",
    "import * as tf from '@tensorflow/tfjs-core';",
    // It registers the gradients.
    ...(imports.lines().some((line) => line.includes('tfjs-layers'))
      ? []
      : ["import '@tensorflow/tfjs-layers';"]),
    ...imports.lines().sort((a, b) => (moduleOf(a) < moduleOf(b) ? -1 : 1)),
    '',
    "await tf.setBackend('wasm');",
    'await registerGradientKernels();',
    '',
    ...body,
  ].join('\n')}\n`;
}

const moduleOf = (line: string): string => line.slice(line.indexOf(" from '"));
