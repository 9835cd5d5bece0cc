/**
 * A contest of two devices for one program, decided by the times of its own runs.
 *
 *   watch   all runs on the home device, until there were enough that a better device would pay
 *   wait    the same, while the rival starts and compiles
 *   try     rival, home, rival, home: after every change one run that is not counted, since values move, then some that are
 *   over    the device with the smaller median; a rival that is far behind loses at once, and two that are close together
 *           are measured for longer, since a noisy machine could make the slower one win
 */
export type Side = "home" | "rival";

/** Runs on the home device before a rival is asked for. */
export const watched = 4;
/** Counted runs between changes, and rounds of both devices: the fewest, and the most while they are `close`. */
const counted = 2;
const rounds = 2;
const mostRounds = 8;
const close = 1.3;
/** How many times slower a rival's run is than the home device's for the contest to end. */
const hopeless = 3;

export class Contest {
  readonly #times: { readonly [S in Side]: number[] } = { home: [], rival: [] };
  #phase: "watch" | "wait" | "try" | "over" = "watch";
  /** Runs since the contest began. */
  #tried = 0;
  #winner: Side = "home";

  /** Where the next run goes. */
  get next(): Side {
    if (this.#phase === "over") return this.#winner;
    if (this.#phase !== "try") return "home";
    return Math.floor(this.#tried / (counted + 1)) % 2 === 0 ? "rival" : "home";
  }

  /** Who won, or null. */
  get winner(): Side | null {
    return this.#phase === "over" ? this.#winner : null;
  }

  /** Whether times are of use. */
  get measures(): boolean {
    return this.#phase !== "over";
  }

  /** Takes the milliseconds of a run. True when it is time to make the rival ready. */
  record(side: Side, ms: number): boolean {
    if (this.#phase === "watch") {
      this.#times.home.push(ms);
      if (this.#times.home.length < watched) return false;
      this.#phase = "wait";
      return true;
    }
    if (this.#phase !== "try" || side !== this.next) return false;
    const counts = this.#tried++ % (counted + 1) > 0;
    if (!counts) return false;
    this.#times[side].push(ms);
    const [home, rival] = [median(this.#times.home), median(this.#times.rival)];
    if (side === "rival" && ms > hopeless * home) this.end("home");
    const done = this.#tried / (2 * (counted + 1));
    const near = rival < close * home && home < close * rival;
    if (this.measures && (done === mostRounds || (done >= rounds && Number.isInteger(done) && !near)))
      this.end(rival < home ? "rival" : "home");
    return false;
  }

  /** The rival is ready: runs alternate from now on. */
  begin(): void {
    if (this.#phase !== "wait") return;
    this.#phase = "try";
    // What was watched includes the first run, when everything is cold.
    this.#times.home.splice(0, 1);
  }

  /** Ends it with a winner: one that is remembered, or that is the only one left. */
  end(winner: Side): void {
    this.#phase = "over";
    this.#winner = winner;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2;
}
