/** Running a suite in an engine that may end or hang. */
import type { InitOptions } from "../../ts/index.ts";
import type { Engine } from "./engine.ts";
import type { OpOptions, Outcome } from "./inside/suites.ts";
import { ask, type Item, type Suite } from "./suites.ts";

export interface Run {
  readonly init: InitOptions;
  /** Takes one case in so many; 1 takes all. */
  readonly every?: number;
  /** The first of them. */
  readonly first?: number;
  /** Takes the cases of these names in place of one in so many. */
  readonly only?: (name: string) => boolean;
  readonly ops?: OpOptions;
  /** Milliseconds that a call may take before the engine counts as hanging. */
  readonly limit: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** An engine that starts when it is first needed, and again after it was dropped. */
export class Keeper {
  readonly #open: () => Promise<Engine>;
  #engine: Promise<Engine> | null = null;

  constructor(open: () => Promise<Engine>) {
    this.#open = open;
  }

  get(): Promise<Engine> {
    this.#engine ??= this.#open();
    return this.#engine;
  }

  /** Ends the engine, whatever it is doing. */
  async drop(): Promise<void> {
    const engine = this.#engine;
    this.#engine = null;
    await (await engine?.catch(() => null))?.close();
  }
}

/**
 * Runs a suite. An engine that ends or hangs is started again, and the cases of the call that it did not answer run one
 * by one, so that the one to blame has a name.
 */
export async function runSuite(keeper: Keeper, suite: Suite, url: string, run: Run): Promise<Outcome[]> {
  const { init, every = 1, first = 0, only, ops = {}, limit, onProgress } = run;
  const items = suite.items(url).filter(({ name }, i) => (only === undefined ? i % every === first : only(name)));
  const outcomes: Outcome[] = [];
  let started: Engine | null = null;
  const attempt = async (some: readonly Item[]): Promise<Outcome[] | Error> => {
    try {
      const engine = await keeper.get();
      if (engine !== started) await within(limit, ask(engine, "start", init));
      started = engine;
      const values = some.map(({ value }) => value);
      return await within(limit, suite.run(engine, values, ops));
    } catch (error) {
      await keeper.drop();
      return error as Error;
    }
  };
  for (let at = 0; at < items.length; at += suite.each) {
    const some = items.slice(at, at + suite.each);
    const found = await attempt(some);
    if (Array.isArray(found)) outcomes.push(...found);
    else if (some.length === 1) outcomes.push(failed(some[0] as Item, found));
    else for (const item of some) outcomes.push(...(await alone(item)));
    onProgress?.(outcomes.length, items.length);
  }
  return outcomes;

  async function alone(item: Item): Promise<Outcome[]> {
    const found = await attempt([item]);
    return Array.isArray(found) ? found : [failed(item, found)];
  }
}

const failed = ({ name }: Item, error: Error): Outcome => ({ name, error: error.message, crossed: false, ms: 0 });

async function within<T>(limit: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limit / 1000} s`)), limit);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
