/** What the page asks of the worker. */
export type Request = {readonly kind: 'attack'; readonly steps: number} | {readonly kind: 'stop'};

/** What the worker says. */
export type Response =
  | {readonly kind: 'progress'; readonly done: number; readonly total: number}
  | {readonly kind: 'attacked'; readonly backend: string; readonly largestChange: number}
  | {readonly kind: 'stopped'}
  | {readonly kind: 'failed'; readonly message: string};
