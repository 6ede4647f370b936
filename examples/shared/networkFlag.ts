import {InvalidArgumentError} from 'commander';
import type {PresetNetwork} from 'lt-robust/presets';

const NETWORKS: readonly PresetNetwork['name'][] = [
  ...(['resnet18', 'preActResnet18', 'wideResnet', 'mobileNetV2'] as const),
];

/** Parses a network of the paper and its width: `resnet18-16`, `wideResnet-16-2`. */
export function network(text: string): PresetNetwork {
  const [, name, depth, width] = /^(\w+?)(?:-(\d+))?-([\d.]+)$/.exec(text) ?? [];
  const known = NETWORKS.find((one) => one === name);
  if (
    known === undefined ||
    width === undefined ||
    (depth !== undefined) !== (name === 'wideResnet')
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
