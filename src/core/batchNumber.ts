import type {AttackContext} from './attack';

// The number is kept beside the context, not in it: contexts are spread into the options of
// attacks, which refuse unknown ones.
const numbers = new WeakMap<AttackContext, number>();

/**
 * Says which batch of its evaluation an attack is called for.
 *
 * @param context - Of the call.
 * @param batch - Number of the batch from 0, the same whether one process does them all or several.
 * @returns `context` itself.
 */
export function withBatchNumber(context: AttackContext, batch: number): AttackContext {
  numbers.set(context, batch);
  return context;
}

/** Number of the batch that a context was made for; `undefined` where the caller does not say. */
export const batchNumberOf = (context: AttackContext | undefined): number | undefined =>
  context === undefined ? undefined : numbers.get(context);
