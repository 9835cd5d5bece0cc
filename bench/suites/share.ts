/** How much of a step is TypeScript: building the graph, its key, binding buffers, copying in and out. */
import type { Engine } from "../lanes/lane.ts";
import type { Plain } from "../report/result.ts";
import { calls } from "./calls.ts";
import type { Row } from "./suite.ts";
import { training } from "./training.ts";

export async function runShare(engine: Engine, quick: boolean): Promise<Plain> {
  const rows: string[][] = [];
  const works: readonly Row[] = [...training.rows, ...calls.rows];
  for (const { name, work } of works) {
    const lane = await engine.open("hebb");
    try {
      const { share, error } = await lane.ask({ call: "share", work, runs: quick ? 100 : 300 });
      if (share === undefined) {
        rows.push([name, "—", "—", "—", (error ?? "").slice(0, 60)]);
        continue;
      }
      const { kernelsMs, totalMs } = share;
      const rest = totalMs - kernelsMs;
      rows.push([
        name,
        totalMs.toFixed(3),
        kernelsMs.toFixed(3),
        rest.toFixed(3),
        `${((100 * rest) / totalMs).toFixed(0)} %`,
      ]);
    } finally {
      await lane.close();
    }
  }
  return {
    kind: "plain",
    title: `Share of TypeScript, ${engine.title}`,
    note: "Median ms of hebb alone: in all, inside the kernels' one exported call, and around it.",
    header: ["", "step", "kernels", "TypeScript", "share"],
    rows,
  };
}
