/**
 * A line chart as SVG text.
 *
 *     y ┤ ╲                 ticks at round numbers, a label at the end of every line,
 *       ┤   ╲____ validate  a title on every point for who rests the pointer there
 *       └───────── x
 */

export interface Line {
  readonly name: string;
  /** A class of the style sheet, which gives the colour. */
  readonly style: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Draws a dot on every point. */
  readonly dots?: boolean;
}

export interface Chart {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly x: { readonly range: readonly [number, number]; readonly ticks: readonly number[]; readonly name: string };
  readonly y: { readonly format: (value: number) => string; readonly log?: boolean; readonly top?: number };
}

const WIDTH = 560;
const HEIGHT = 300;
const AREA = { left: 46, right: 74, top: 14, bottom: 40 };

/** Round numbers that cover a range: steps of 1, 2 or 5 times a power of ten; on a log axis those numbers themselves. */
export function roundTicks(low: number, high: number, log: boolean): number[] {
  const ticks: number[] = [];
  if (log) {
    const wide = high / low > 1000;
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
      for (const digit of wide ? [1] : [1, 2, 5]) {
        const tick = Number(`${digit}e${power}`);
        if (tick >= low && tick <= high) ticks.push(tick);
      }
    }
    return ticks;
  }
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((digit) => digit * power >= rough) ?? 10) * power;
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

/** The range of all lines with some air, or up to `top`. */
function rangeOf(chart: Chart): [number, number] {
  const values = chart.lines.flatMap(({ points }) => points.map(([, y]) => y)).filter((y) => Number.isFinite(y));
  const log = chart.y.log === true;
  const usable = log ? values.filter((y) => y > 0) : values;
  if (usable.length === 0) return [0.1, 1];
  let low = Math.min(...usable);
  let high = Math.max(...usable);
  if (log) return [low / 1.25, high * 1.25];
  if (high === low) high = low + 1;
  low -= (high - low) * 0.06;
  return [low, chart.y.top ?? high + (high - low) * 0.06];
}

/** Moves labels apart so that none stands on another. */
function spread(places: readonly number[], gap: number): number[] {
  const order = places.map((_, i) => i).sort((a, b) => (places[a] as number) - (places[b] as number));
  const out = [...places];
  for (let i = 1; i < order.length; i++) {
    const [above, here] = [order[i - 1] as number, order[i] as number];
    out[here] = Math.max(out[here] as number, (out[above] as number) + gap);
  }
  return out;
}

/** Text that is safe inside HTML and SVG. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

const round = (value: number): number => Math.round(value * 10) / 10;

export function lineChart(chart: Chart): string {
  const [low, high] = rangeOf(chart);
  const log = chart.y.log === true;
  const scale = log ? Math.log : (value: number) => value;
  const [x0, x1] = chart.x.range;
  const [right, bottom] = [WIDTH - AREA.right, HEIGHT - AREA.bottom];
  const px = (x: number): number => round(AREA.left + ((x - x0) / (x1 - x0 || 1)) * (right - AREA.left));
  const py = (y: number): number => {
    const share = (scale(log ? Math.max(y, low) : y) - scale(low)) / (scale(high) - scale(low));
    return round(bottom - share * (bottom - AREA.top));
  };

  const parts: string[] = [];
  for (const tick of roundTicks(low, high, log)) {
    const y = py(tick);
    parts.push(`<line class="grid" x1="${AREA.left}" x2="${right}" y1="${y}" y2="${y}"/>`);
    parts.push(
      `<text class="tick" x="${AREA.left - 8}" y="${y + 4}" text-anchor="end">${escapeText(chart.y.format(tick))}</text>`,
    );
  }
  for (const tick of chart.x.ticks) {
    parts.push(`<text class="tick" x="${px(tick)}" y="${bottom + 18}" text-anchor="middle">${tick}</text>`);
  }
  parts.push(`<line class="axis" x1="${AREA.left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`);
  parts.push(
    `<text class="tick" x="${(AREA.left + right) / 2}" y="${HEIGHT - 4}" text-anchor="middle">${escapeText(chart.x.name)}</text>`,
  );

  const drawn = chart.lines.filter(({ points }) => points.length > 0);
  for (const { name, style, points, dots } of drawn) {
    const way = points.map(([x, y]) => `${px(x)},${py(y)}`).join(" ");
    parts.push(`<polyline class="line ${style}" points="${way}"/>`);
    if (!dots) continue;
    for (const [x, y] of points) {
      const title = `${name}, ${chart.x.name} ${round(x)}: ${chart.y.format(y)}`;
      parts.push(
        `<circle class="dot ${style}" cx="${px(x)}" cy="${py(y)}" r="4"><title>${escapeText(title)}</title></circle>`,
      );
    }
  }
  const ends = drawn.map(({ points }) => py((points.at(-1) as readonly [number, number])[1]));
  const labels = spread(ends, 15);
  for (const [i, { name, style, points }] of drawn.entries()) {
    const x = px((points.at(-1) as readonly [number, number])[0]) + 10;
    parts.push(
      `<text class="name ${style}" x="${x}" y="${round((labels[i] as number) + 4)}">${escapeText(name)}</text>`,
    );
  }
  const label = `${chart.title}: ${drawn.map(({ name }) => name).join(", ")}`;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeText(label)}">${parts.join("")}</svg>`;
}
