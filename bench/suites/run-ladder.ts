/** The ladder of products (bench/lab/webgpu) on an engine's adapter: which tile is best there. */
import { length, type Rung } from "../lab/webgpu/ladder.ts";
import type { WebGpu } from "../lanes/webgpu.ts";
import type { Plain } from "../report/result.ts";

export async function runLadder({ engine, adapter }: WebGpu): Promise<Plain> {
  const lane = await engine.open("hebb webgpu");
  try {
    const rungs: Rung[] = [];
    for (let variant = 0; variant < length; variant++) {
      const answer = await lane.ask({ call: "ladder", variant, small: adapter.software });
      if (answer.error !== undefined) throw new Error(answer.error);
      rungs.push(...(answer.rungs ?? []));
    }
    const problems = [...new Set(rungs.map(({ problem }) => problem))];
    const variants = [...new Set(rungs.map(({ variant }) => variant))];
    const best = new Map(
      problems.map((problem) => [
        problem,
        Math.max(...rungs.map((rung) => (rung.problem === problem ? rated(rung) : 0))),
      ]),
    );
    const cell = (rung: Rung | undefined): string => {
      if (rung === undefined) return "";
      if (rung.wrong !== null) return `— ${rung.wrong.slice(0, 60)}`;
      const { gflops, problem } = rung;
      const share = `${gflops.toPrecision(3)} (${((100 * gflops) / adapter.gflops).toPrecision(2)} %)`;
      return gflops === best.get(problem) ? `**${share}**` : share;
    };
    return {
      kind: "plain",
      title: `Ladder of products, ${engine.title}`,
      note: "GFLOP/s and share of the adapter's measured arithmetic; the best of each column is bold. Each is checked before.",
      header: ["", ...problems],
      rows: variants.map((variant) => [
        variant,
        ...problems.map((problem) => cell(rungs.find((rung) => rung.problem === problem && rung.variant === variant))),
      ]),
    };
  } finally {
    await lane.close();
  }
}

const rated = ({ gflops, wrong }: Rung): number => (wrong === null ? gflops : 0);
