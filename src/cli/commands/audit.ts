import * as tf from '@tensorflow/tfjs-core';

import {createRng} from '../../core/rng';
import {auditGradients} from '../../diagnostics/auditGradients';
import {short, textTable} from '../../report/format';
import {shuffle} from '../../samplers/shuffle';
import {EXIT} from '../cliError';
import {inputOf} from '../modelInput';
import {readInputs} from '../readInputs';
import {coloursOf} from '../terminal';
import type {InputOptions, ModelContext} from './evaluate';

/** Options of `audit`. */
export interface AuditOptions extends InputOptions {
  readonly examples: number;
  readonly tolerance: number;
  readonly json?: boolean | undefined;
}

/** Compares a model's gradients on the backend with differences. */
export async function audit(
  model: string,
  data: string,
  options: AuditOptions,
  {terminal, signal}: ModelContext,
): Promise<number> {
  const inputs = await readInputs(model, data, options);
  const {dataset} = inputs.data;
  const {classify, layers, input, dispose} = inputs.model;
  const order = shuffle(Int32Array.from(dataset.labels.keys()), createRng(options.seed));
  const {x, labels} = await dataset.batch(order.slice(0, options.examples));
  // The variables belong to the layers model; where it takes images otherwise, the function stands for it.
  const isPlain = tf.tidy(() => inputOf(x, input) === x);
  const audited = layers !== undefined && isPlain ? layers : classify;
  try {
    const found = await auditGradients(audited, x, labels, {
      ...{tolerance: options.tolerance, rng: createRng(options.seed), signal},
    });
    if (options.json === true) {
      terminal.out(`${JSON.stringify(found)}\n`);
    } else {
      const rows = [
        {name: 'input', ...found.input},
        ...found.variables,
        ...found.ops.map((op) => ({...op, name: `operation ${op.kernel}`})),
      ];
      const table = textTable(
        ['gradient of', 'relative error', ''],
        rows.map(({name, relativeError, ok}) => [name, short(relativeError), ok ? 'ok' : 'WRONG']),
        ['left', 'right', 'left'],
      );
      terminal.out(`Backend ${found.backend}, tolerance ${options.tolerance}\n\n${table}\n`);
    }
    if (found.ok) return EXIT.ok;
    const {red} = coloursOf(terminal);
    terminal.err(
      `${red('FAILED:')} A gradient is wrong: attacks would be weaker than they seem.\n`,
    );
    return EXIT.below;
  } finally {
    tf.dispose([x, labels]);
    dispose();
  }
}
