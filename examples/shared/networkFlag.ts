import {InvalidArgumentError} from 'commander';
import type {PresetNetwork} from 'lt-robust/presets';

const NETWORKS: readonly PresetNetwork['name'][] = [
  ...(['resnet18', 'preActResnet18', 'wideResnet', 'mobileNetV2'] as const),
];

// Two convolutions in each block of the three stages, beside four others.
const isDepth = (depth: number): boolean => depth >= 10 && (depth - 4) % 6 === 0;

/** Parses a network of the paper and its width: `resnet18-16`, `wideResnet-16-2`. */
export function network(text: string): PresetNetwork {
  const [, name, depth, width] = /^(\w+?)(?:-(\d+))?-([\d.]+)$/.exec(text) ?? [];
  const known = NETWORKS.find((one) => one === name);
  const isWhole = name !== 'mobileNetV2';
  if (
    known === undefined ||
    !(Number(width) > 0) ||
    (isWhole && !Number.isInteger(Number(width))) ||
    (depth !== undefined) !== (name === 'wideResnet') ||
    (depth !== undefined && !isDepth(Number(depth)))
  ) {
    throw new InvalidArgumentError(
      'Expected a name and a width: resnet18-16, preActResnet18-16, wideResnet-16-2, mobileNetV2-0.5.',
    );
  }
  return {
    name: known,
    width: Number(width),
    ...(depth === undefined ? {} : {depth: Number(depth)}),
  };
}
