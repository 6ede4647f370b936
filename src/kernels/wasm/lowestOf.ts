// Activations that bound a result from below and do nothing else.
const LOWEST: Readonly<Record<string, number | undefined>> = {linear: -Infinity, relu: 0};

/** The bound of an activation; `undefined` if it is more than a bound. */
export const lowestOf = (activation: string): number | undefined => LOWEST[activation];
