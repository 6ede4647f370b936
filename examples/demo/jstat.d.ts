// jstat has no types of its own; this is the part that the demo uses.
declare module 'jstat' {
  const jstat: {
    readonly studentt: {
      /** The quantile of Student's t distribution. */
      inv(probability: number, degreesOfFreedom: number): number;
    };
  };
  export = jstat;
}
