import * as tf from '@tensorflow/tfjs-core';

import {describeValue} from '../describeValue';
import {InvalidArgumentError} from '../errors';
import {rowsOf, type Ending} from './ending';

/** A node of a graph model, as far as this package reads it. */
interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly GraphNode[];
}

/**
 * What this package needs of a `tf.GraphModel`. It is recognised by its shape, never by
 * `instanceof`: two copies of tfjs-converter may meet in one program.
 */
export interface GraphModelLike {
  /** Names of the placeholders. */
  readonly inputNodes: readonly string[];
  /** Names of the output nodes. */
  readonly outputNodes: readonly string[];
  /** Runs the graph up to the named nodes. */
  execute(
    inputs: tf.Tensor | tf.Tensor[] | tf.NamedTensorMap,
    outputs?: string | string[],
  ): tf.Tensor | tf.Tensor[];
}

/** Whether `value` looks like a `tf.GraphModel`. */
export function isGraphModel(value: object): value is GraphModelLike {
  return (
    'executor' in value &&
    'execute' in value &&
    typeof value.execute === 'function' &&
    'inputNodes' in value &&
    Array.isArray(value.inputNodes) &&
    'outputNodes' in value &&
    Array.isArray(value.outputNodes)
  );
}

function isNode(value: unknown): value is GraphNode {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'op' in value &&
    typeof value.op === 'string' &&
    'inputs' in value &&
    Array.isArray(value.inputs)
  );
}

// The node of that name. tfjs-converter keeps its graph in a private field; where a later version
// does not, there is none, and the output is taken as it is.
function nodeNamed(model: GraphModelLike, name: string): GraphNode | undefined {
  const [plain = ''] = name.split(':');
  const nodes: [string, unknown][] = Object.entries(nodesOf(model) ?? {});
  const isNamed = ([key, node]: [string, unknown]) =>
    key === plain || signatureKeyOf(node) === name;
  const node = nodes.find(([key]) => key === name) ?? nodes.find(isNamed);
  return isNode(node?.[1]) ? node[1] : undefined;
}

// A saved model names its outputs apart from their nodes, and outputNodes has those names.
const signatureKeyOf = (node: unknown): unknown =>
  typeof node === 'object' && node !== null && 'signatureKey' in node
    ? node.signatureKey
    : undefined;

function nodesOf(model: GraphModelLike): object | undefined {
  const {executor} = model as {readonly executor?: {readonly graph?: {readonly nodes?: unknown}}};
  const nodes = executor?.graph?.nodes;
  return typeof nodes === 'object' && nodes !== null ? nodes : undefined;
}

// Operations that scores come out of.
const MAKES_SCORES = new Set([
  ...['MatMul', '_FusedMatMul', 'BatchMatMulV2', 'Einsum', 'BiasAdd', 'Add', 'AddV2'],
  ...['Conv2D', '_FusedConv2D', 'Mean', 'LogSoftmax'],
]);
const MOST = 4;

/** The nodes that may be the logits, nearest to the output first, and how to choose one. */
function choiceOf(model: GraphModelLike, output: string): string {
  const first = [output, ...model.outputNodes].map((name) => nodeNamed(model, name)).find(Boolean);
  const reached = new Set(first ? [first] : []);
  const names: string[] = [];
  // Iterating over a set also visits what is added to it meanwhile.
  for (const {name, op, inputs} of reached) {
    if (MAKES_SCORES.has(op)) names.push(`'${name}' (${op})`);
    if (names.length === MOST) break;
    inputs.filter(isNode).forEach((input) => reached.add(input));
  }
  const [nearest] = names;
  if (nearest === undefined) return 'Choose the node of the logits: pickOutput(graph, name).';
  const call = `pickOutput(graph, ${nearest.split(' ')[0] ?? ''})`;
  return `Choose the node of the logits, ${call} say. Candidates: ${names.join(', ')}.`;
}

// Operations that change no score, only its name or place.
const PASSES_ON = new Set(['Identity', 'Reshape', 'Squeeze', 'StopGradient', 'NoOp']);

function scoresOf(node: GraphNode): GraphNode {
  const [before] = node.inputs;
  return PASSES_ON.has(node.op) && before !== undefined ? scoresOf(before) : node;
}

interface GraphScores {
  /** Node to execute up to. */
  readonly name: string;
  readonly ending: Ending;
}

function logitsNode(model: GraphModelLike, where: string, output: string): GraphScores {
  const node = nodeNamed(model, output);
  if (node === undefined && nodesOf(model)) {
    throw new InvalidArgumentError({
      where,
      argument: 'output',
      expected: 'be a node of the graph',
      found: `"${output}"`,
      remedy: choiceOf(model, output),
    });
  }
  if (node === undefined) return {name: output, ending: 'logits'};
  const scores = scoresOf(node);
  const [before] = scores.inputs;
  if (before === undefined) return {name: output, ending: 'logits'};
  if (scores.op === 'Softmax') return {name: before.name, ending: 'softmax'};
  if (scores.op === 'Sigmoid') return {name: before.name, ending: 'sigmoid'};
  if (/^(Real)?Div$/.test(scores.op) && before.op === 'Exp') {
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: 'end in logits, a softmax or one sigmoid unit',
      found: `exponentials that are divided, at "${scores.name}": probabilities`,
      remedy: choiceOf(model, output),
    });
  }
  return {name: output, ending: 'logits'};
}

function checkNodes(model: GraphModelLike, where: string): string {
  const {inputNodes, outputNodes} = model;
  if (inputNodes.length !== 1) {
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: 'have exactly one input',
      found: `a tf.GraphModel with the inputs ${inputNodes.join(', ') || '(none)'}`,
      remedy:
        'Pass a function that gives the others: ' +
        `(x) => graph.execute({'${inputNodes[0] ?? 'input'}': x, ...}, 'name of the logits').`,
    });
  }
  const [output] = outputNodes;
  if (outputNodes.length !== 1 || output === undefined) {
    throw new InvalidArgumentError({
      where,
      argument: 'model',
      expected: 'have exactly one output',
      found: `a tf.GraphModel with the outputs ${outputNodes.join(', ') || '(none)'}`,
      remedy: `Choose one of them: pickOutput(graph, '${output ?? 'name'}').`,
    });
  }
  return output;
}

/**
 * The function from `x` to the logits of a graph model. Where its output is a softmax, or one
 * sigmoid unit, it runs the graph up to the node before it, exactly. Gradients go through the graph
 * to `x`; its weights are constants, so it can be attacked and evaluated, not trained.
 *
 * @param model - The graph model; every operation in it must be synchronous.
 * @param where - Name for error messages.
 * @param output - The output node, or any node of the graph. Default: the only output.
 * @returns A classifier.
 * @throws {@link InvalidArgumentError} if the model has several inputs, or several outputs and none
 *   was chosen, if there is no such node, or if it ends in probabilities that are no softmax node; at a
 *   call, if it gives no row of scores per example. Where nodes may be the logits, it names them.
 */
export function graphLogitsOf<I extends tf.Tensor>(
  model: GraphModelLike,
  where: string,
  output: string = checkNodes(model, where),
): (x: I) => tf.Tensor2D {
  const {name, ending} = logitsNode(model, where, output);
  return (x) =>
    tf.tidy(() => {
      const scores = model.execute(x, name);
      const [first] = Array.isArray(scores) ? scores : [scores];
      const rows = first && rowsOf(first, ending, where);
      // The nodes of a graph are the better advice; what has no scores at all is not looked at further.
      if (rows?.rank === 2 && rows.dtype === 'float32') return rows;
      throw new InvalidArgumentError({
        where,
        argument: 'model',
        expected: 'give logits, float32 [batch, classes]',
        found: `${first ? describeValue(first) : 'nothing'} at "${name}"`,
        remedy: choiceOf(model, output),
      });
    });
}
