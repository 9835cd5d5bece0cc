/** Numbers in words. */

export const whole = (value: number): string => Math.round(value).toLocaleString("en");

export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;

/** A count or an amount in thousands of thousands, of a unit if one is given: 1.24 MB. */
export function amount(count: number, unitName = ""): string {
  const units = ["", "k", "M", "G", "T"];
  let unit = 0;
  for (let rest = count; rest >= 1000 && unit < units.length - 1; rest /= 1000) unit++;
  const digits = unit === 0 ? String(count) : (count / 1000 ** unit).toPrecision(3);
  return `${digits} ${units[unit]}${unitName}`.trim();
}

/** Milliseconds with three digits that mean something. */
export function milliseconds(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms >= 0.1 ? ms.toFixed(2) : ms.toFixed(3)} ms`;
}

/** Sizes as people write them: "1 × 28 × 28"; open ones by their names. */
export function sizes(shape: readonly (number | string | null)[] | undefined): string {
  if (shape === undefined) return "any shape";
  return shape.length === 0 ? "one number" : shape.map((size) => size ?? "?").join(" × ");
}

export const plural = (count: number, one: string, many: string): string =>
  `${whole(count)} ${count === 1 ? one : many}`;
