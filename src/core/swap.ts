/**
 * Sets properties of an object temporarily. Restoring deletes those that the object did not have
 * itself, so that what it inherits shows again.
 *
 * @param object - Is changed.
 * @param properties - The new values, by name.
 * @returns Puts the object back as it was.
 */
export function swap<T extends object>(object: T, properties: Partial<T>): () => void {
  const before = Object.keys(properties).map(
    (key) => [key, Object.getOwnPropertyDescriptor(object, key)] as const,
  );
  Object.assign(object, properties);
  return () => {
    for (const [key, descriptor] of before) {
      if (descriptor) Object.defineProperty(object, key, descriptor);
      else Reflect.deleteProperty(object, key);
    }
  };
}
