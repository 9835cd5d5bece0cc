/** A product that is large enough for threads, in the package as it is installed: the program of a consumer. */
import type * as Hebb from "../../ts/index.ts";

export interface Shared {
  /** Threads at the end. */
  readonly threads: number;
  /** Whether every run gave the same bits. */
  readonly same: boolean;
  /** The first values. */
  readonly values: readonly number[];
}

/** Multiplies until threads have started, for at most `patience` milliseconds, and then some times more. */
export async function share(hebb: typeof Hebb, options: Hebb.InitOptions, patience = 20_000): Promise<Shared> {
  await hebb.init({ ...options, deterministic: true });
  const n = 192;
  const [a, b] = [7, 5].map((period) =>
    hebb.tensor(
      Float32Array.from({ length: n * n }, (_, i) => (i % period) - 1.3),
      { shape: [n, n] },
    ),
  ) as [Hebb.Tensor, Hebb.Tensor];
  const product = (): Hebb.Tensor => a.matmul(b).exp().sum(0).log();
  const threads = async (): Promise<number> => Number(/threads: (\d+)$/.exec(await hebb.explain(product()))?.[1]);
  const first = await product().data();
  const isFirst = (data: ArrayLike<unknown>): boolean => Array.from(data).join() === Array.from(first).join();
  let same = true;
  const limit = performance.now() + patience;
  while ((await threads()) < 2 && performance.now() < limit) {
    same = isFirst(await product().data()) && same;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  for (let i = 0; i < 40; i++) same = isFirst(await product().data()) && same;
  return { threads: await threads(), same, values: Array.from(first as Float32Array).slice(0, 8) };
}
