import * as tf from '@tensorflow/tfjs-core';

interface LayerLike {
  readonly name?: unknown;
}

interface LayerClass {
  apply?: (this: LayerLike, ...args: unknown[]) => unknown;
}

/** The class that every layer of tf.layers derives from, where that package is loaded. */
function layerClass(): LayerClass | undefined {
  const {classNameMap} = tf.serialization.SerializationMap.getMap();
  let found: object | null =
    (classNameMap['Dense']?.[0] as {prototype: object} | undefined)?.prototype ?? null;
  while (found && !Object.hasOwn(found, 'apply')) found = Object.getPrototypeOf(found) as object;
  return found ?? undefined;
}

const running: string[] = [];

/** The layer that is running, the innermost if layers are nested. */
export const currentLayer = (): string | undefined => running.at(-1);

/**
 * Records which layer of tf.layers is running.
 *
 * @returns Puts the class of the layers back as it was.
 */
export function trackLayers(): () => void {
  const layer = layerClass();
  const apply = layer?.apply;
  if (!layer || !apply) return () => undefined;
  const tracked = function (this: LayerLike, ...args: unknown[]): unknown {
    running.push(String(this.name));
    try {
      return apply.apply(this, args);
    } finally {
      running.pop();
    }
  };
  layer.apply = tracked;
  return () => {
    if (layer.apply === tracked) layer.apply = apply;
  };
}
