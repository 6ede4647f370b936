import {isInvalidArgumentError, isMissingGradientsError, isUnusableGradientError} from 'lt-robust';

import type {Trouble} from '../protocol';

/** Something that a visitor can do something about. */
export class TroubleError extends Error {
  constructor(
    message: string,
    readonly advice: string,
  ) {
    super(message);
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** What went wrong, in plain words. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof TroubleError) return {message: error.message, advice: error.advice};
  if (isUnusableGradientError(error)) {
    return {
      message: 'The network gives the attack no direction: its gradient is zero or not a number.',
      advice:
        'That is no sign of robustness. Often something inside rounds or saturates; an attack ' +
        'without gradients (squareAttack of lt-robust) still works.',
    };
  }
  if (isMissingGradientsError(error)) {
    return {
      message:
        'An operation of this network has no gradient here, so this attack cannot follow it.',
      advice: `${error.message} In a program, squareAttack of lt-robust needs none.`,
    };
  }
  if (isInvalidArgumentError(error) && error.argument === 'model') {
    return {
      message: `The network must ${error.expected}. Found: ${error.found}.`,
      advice: `In a program: ${error.remedy}`,
    };
  }
  if (isInvalidArgumentError(error)) return {message: error.message, advice: error.remedy};
  return ofTensorFlow(messageOf(error));
}

function ofTensorFlow(message: string): Trouble {
  const layer = /Unknown layer:? "?(\w+)/i.exec(message)?.[1];
  if (layer !== undefined) {
    return {
      message: `The network has a layer of the kind "${layer}", which TensorFlow.js does not have.`,
      advice: 'A program can register it with tf.serialization.registerClass; this page cannot.',
    };
  }
  const operation = /(?:Unknown op '|Kernel ')([\w]+)'/.exec(message)?.[1];
  if (operation !== undefined) {
    return {
      message: `The network uses the operation "${operation}", which this backend does not have.`,
      advice: 'Choose another backend at the top of the page.',
    };
  }
  if (/out of memory|Failed to (?:compile|link)|allocation failed/i.test(message)) {
    return {
      message: 'The machine ran out of memory for this network.',
      advice: 'Choose WebAssembly at the top of the page, or a smaller network.',
    };
  }
  return {message, advice: 'This is what TensorFlow.js says about it.'};
}
