/** Where an axis of logarithms is marked. */

/** Beyond this ratio the powers of ten alone are marked. */
const WIDE = 500;

/**
 * 1, 2 and 5 times the powers of ten from `low` to `high`. uPlot's own steps never end where `low` is just below a power of
 * ten: it adds 0.11, which it rounds to 0.
 */
export function ticksOfLog(low: number, high: number): number[] {
  if (!(low > 0) || !Number.isFinite(high)) return [];
  const digits = high / low > WIDE ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++)
    ticks.push(...digits.map((digit) => Number(`${digit}e${power}`)));
  return ticks.filter((tick) => tick >= low && tick <= high);
}
