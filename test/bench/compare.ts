const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3);

const median = (values: number[]): number =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/**
 * Calls two functions in turn and prints the median time of each and the median of their ratios,
 * pair by pair: a machine that slows down slows both.
 */
export async function compare(
  name: string,
  ours: () => unknown,
  baselineName: string,
  baseline: () => unknown,
): Promise<number> {
  const times: [number[], number[]] = [[], []];
  const ratios: number[] = [];
  const time = async (f: () => unknown) => {
    const start = performance.now();
    await f();
    return performance.now() - start;
  };
  await ours();
  await baseline();
  const end = performance.now() + 1000 * SECONDS;
  while (ratios.length < 5 || performance.now() < end) {
    // Which goes first alternates: the second of a pair finds warmer caches.
    const oursFirst = ratios.length % 2 === 0;
    const before = oursFirst ? await time(ours) : NaN;
    const base = await time(baseline);
    const our = oursFirst ? before : await time(ours);
    times[0].push(our);
    times[1].push(base);
    ratios.push(our / base);
  }
  const ratio = median(ratios);
  console.log(
    `${name}\n  ${median(times[0]).toFixed(2)} ms; ${baselineName}: ${median(times[1]).toFixed(2)} ms; ` +
      `ratio ${ratio.toFixed(3)} (${ratios.length} pairs)`,
  );
  return ratio;
}
