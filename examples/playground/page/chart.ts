/** Line charts that follow a run: uPlot in the theme's colours, as large as their place. */
import uPlot from "uplot";
import { colour, onThemeChange } from "./theme.ts";
import { ticksOfLog } from "./ticks.ts";

export interface Line {
  readonly name: string;
  /** The style sheet's colour. */
  readonly colour: string;
  readonly width: number;
  /** Points that are far apart are drawn as such, and joined. */
  readonly sparse?: boolean;
}

export interface ChartOptions {
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** The least and greatest value shown, from those that there are. */
  readonly range: (low: number, high: number) => readonly [number, number];
  readonly log?: boolean;
}

/** x and one list of values a line; null where a line has none. */
export type Points = readonly [readonly number[], ...(readonly (number | null)[])[]];

const FONT = "12px system-ui, sans-serif";

export class Chart {
  readonly #place: HTMLElement;
  readonly #options: ChartOptions;
  #plot: uPlot | null = null;
  #points: Points;

  constructor(place: HTMLElement, options: ChartOptions) {
    this.#place = place;
    this.#options = options;
    this.#points = [[], ...options.lines.map(() => [])];
    onThemeChange(() => this.#build());
    new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = place;
      if (width > 0 && (this.#plot?.width !== width || this.#plot.height !== height))
        this.#plot?.setSize({ width, height });
    }).observe(place);
    this.#build();
  }

  draw(points: Points): void {
    this.#points = points;
    this.#plot?.setData(points as unknown as uPlot.AlignedData);
  }

  #build(): void {
    this.#plot?.destroy();
    const { lines, format, range, log = false } = this.#options;
    const [soft, rule] = [colour("soft"), colour("rule")];
    const axis: uPlot.Axis = { stroke: soft, font: FONT, grid: { stroke: rule, width: 1 }, ticks: { show: false } };
    this.#plot = new uPlot(
      {
        width: this.#place.clientWidth || 320,
        height: this.#place.clientHeight || 200,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, 16, 0, 0],
        scales: {
          x: { time: false, range: (_, low, high) => [low ?? 0, Math.max(high ?? 0, 100)] },
          y: { distr: log ? 3 : 1, range: (_, low, high) => [...range(low ?? 0, high ?? 1)] as uPlot.Range.MinMax },
        },
        axes: [
          { ...axis, grid: { show: false }, size: 28, gap: 6, space: 64 },
          {
            ...axis,
            size: 52,
            gap: 8,
            space: log ? 18 : 34,
            ...(log && { splits: (_, __, low, high) => ticksOfLog(low, high), filter: (_, ticks) => ticks }),
            values: (_, ticks) => ticks.map(format),
          },
        ],
        series: [
          {},
          ...lines.map(
            ({ colour: name, width, sparse = false }): uPlot.Series => ({
              stroke: colour(name),
              width,
              spanGaps: true,
              points: sparse ? { show: true, size: 5, fill: colour(name), width: 0 } : { show: false },
            }),
          ),
        ],
      },
      this.#points as unknown as uPlot.AlignedData,
      this.#place,
    );
  }
}
