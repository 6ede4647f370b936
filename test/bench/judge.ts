/** Prints a row: what, then figures. */
export const row = (cells: readonly string[]): void => {
  console.log(
    (cells[0] ?? '').padEnd(52),
    cells
      .slice(1)
      .map((cell) => cell.padStart(10))
      .join(''),
  );
};

/** Prints a figure beside its target; the process fails where it is missed. */
export function judge(
  name: string,
  value: number,
  atLeast: number | undefined,
  atMost?: number,
): void {
  const met = value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
  const target = atLeast === undefined ? `<= ${atMost}` : `>= ${atLeast}`;
  row([name, value.toFixed(3), target, met ? 'met' : 'MISSED']);
  if (!met) process.exitCode = 1;
}
