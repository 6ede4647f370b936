import {markdownTable} from '../examples/demo/table';
import {experiments} from '../src/presets/experiments';
import type {Preset, PresetStage} from '../src/presets/preset';
import {presets} from '../src/presets/presets';

const TEXT = `# Presets

A preset is a training of the paper as plain data: which images, which network, which method with which
settings. There is one for each row of Tables 1 to 10 and for each training behind Figures 1 and 4 to 8
(Figures 2 and 3 are of the theory: \`npm run theory\`). \`trainPreset\` trains one, its teacher first if it
has one, with checkpoints; \`scalePreset\` makes it fit a smaller machine. \`npm run paper\` runs whole tables:
see [paper.md](paper.md).

\`\`\`ts
import {arrayDataset} from 'lt-robust/data';
import {preset, scalePreset, trainPreset} from 'lt-robust/presets';
import {createRng} from 'lt-robust';

const pixels = Float32Array.from({length: 4 * 64}, (_, i) => (i % 7) / 7);
const data = arrayDataset(pixels, [0, 0, 0, 1], {shape: [8, 8, 1], numClasses: 2});
const row = scalePreset(preset('cifar10-lt50/resnet18/paper'), {
  ...{epochs: 2, batchSize: 4, attackSteps: 1},
  network: {name: 'resnet18', width: 1},
});
const {model, teacher, classifier} = await trainPreset(row, data, {rng: createRng(1)});
\`\`\`

Attack and score \`classifier\`, not \`model\`: RoBal's network is scored in another form than it is trained
in. Every entry of a preset can be changed by spreading it, \`{...row, main: {...row.main, dropLast: false}}\`.

This page is made from the code by \`npm run presets\`.

## What the paper does not say

Section 5.1 gives epochs, batch sizes, learning rate, weight decay, ε, the number of attack steps and γ. The
rest is taken from where it is published: the learning rate drops as AT-BSL's does, steps of the attack are
2/255 long, α is that of the gradient-matching paper by the same authors (60, 100 and 30 for CIFAR-10,
CIFAR-100 and Tiny-ImageNet), the teacher's last epoch teaches. Methods for long-tailed data have the settings
of their own code; PGD-AT, TRADES, MART and AWP (around TRADES) those of AT-BSL. RoBal's are the robust ones.
In Table 4 the teacher is augmented as well. The body of Table 9 and the axes of Figures 4, 6 and 7 are not in
the paper's text: they have 1.3 times the epochs, imbalance ratios 1 to 50, α 0 to 120 and γ of a quarter to
all of the imbalance ratio here.
`;

const percent = (ratio: number) => `${Math.round(255 * ratio * 100) / 100}/255`;

function attackWords({attack}: PresetStage): string {
  if (attack === null) return 'none';
  const {epsilon, stepSize, steps, start} = attack;
  return `${percent(epsilon)}, ${steps} × ${percent(stepSize)}, ${start}`;
}

function methodWords({method, wrappers}: PresetStage): string {
  return [method, ...wrappers]
    .map(({name, ...options}) => {
      const words = Object.entries(options).map(([key, value]) => `${key} ${value}`);
      return words.length === 0 ? name : `${name}(${words.join(', ')})`;
    })
    .join(', then ');
}

function stageRow(name: string, stage: PresetStage): string[] {
  const {epochs, batchSize, learningRate, weightDecay, milestones, dropLast} = stage;
  return [
    ...[name, methodWords(stage), attackWords(stage), String(epochs)],
    `${batchSize}${dropLast ? ', drops the rest' : ''}`,
    `${learningRate}, ÷10 from ${milestones.join(', ')}`,
    String(weightDecay),
  ];
}

const HEAD = ['training', 'method', 'attack (L∞, start)', 'epochs', 'batch', 'rate', 'decay'];

function settingsTable(of: readonly Preset[]): string {
  const rows = of.flatMap(({id, teacher, main}) => {
    const what = id.split('/').slice(2).join('/');
    const own = stageRow(what, main);
    return teacher === null ? [own] : [stageRow('paper, its teacher', teacher), own];
  });
  return markdownTable({head: HEAD, rows});
}

/** docs/presets.md. */
export function presetsDocument(): string {
  const of = (start: string) =>
    presets().filter(({id}) => id.startsWith(start) && !/[+=]|-long|balanced/.test(id));
  const listed = experiments().map(({name, title, rows, seeds}) => {
    const table = markdownTable({
      head: ['row', 'preset'],
      rows: rows.map(({label, group, preset}) => [
        [label, group].filter((part) => part !== undefined).join(', '),
        `\`${preset.id}\``,
      ]),
    });
    const times = seeds > 1 ? ` ${seeds} seeds.` : '';
    return `### ${name}\n\n${title}.${times}\n\n${table}\n`;
  });
  return [
    TEXT,
    '## Settings on CIFAR-10-LT, ResNet-18\n',
    `${settingsTable(of('cifar10-lt50/resnet18/'))}\n`,
    '## Settings on CIFAR-100-LT, ResNet-18\n',
    `${settingsTable(of('cifar100-lt10/resnet18/'))}\n`,
    '## Rows\n',
    ...listed,
  ].join('\n');
}
