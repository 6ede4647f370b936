import {InvalidArgumentError} from '../errors';

/**
 * Throws if a function reads `this` in its own body: a method that was taken from its object, such as
 * `model.predict`. It would be called without the object, and fail inside.
 *
 * @param where - Public function, for the error message.
 * @param model - A function.
 */
export function checkUnbound(where: string, model: object): void {
  const lost = lostProperty(Function.prototype.toString.call(model));
  if (lost === undefined) return;
  throw new InvalidArgumentError({
    where,
    argument: 'model',
    expected: 'be a function that can be called by itself',
    found: `a method without its object: it reads this.${lost}`,
    remedy: 'Pass the model itself, or (x) => model.predict(x).',
  });
}

// Arrow functions keep the object that they were made in, and bound ones have no source.
function lostProperty(source: string): string | undefined {
  const text = source
    .replace(/\/\*[^]*?\*\/|\/\/.*/g, ' ')
    .replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g, '""');
  const brace = text.indexOf('{');
  const head = text.slice(0, brace);
  const isBuiltIn = text.includes('[native code]');
  if (brace < 0 || isBuiltIn || head.includes('=>')) return undefined;
  // A function or a class inside the body may have a `this` of its own.
  const [own = ''] = text.slice(brace).split(/\b(?:function|class)\b/);
  const read = [...own.matchAll(/\bthis\s*\.\s*([\w$]+)/g)].map((match) => match[1] ?? '');
  // In a script that is not strict, `this` is the global object.
  return read.find((name) => !(name in globalThis));
}
