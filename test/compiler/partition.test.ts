/** One graph for two devices: which node goes where, and what crosses. */
import { describe, expect, test } from "vitest";
import { type Cannot, type Home, partition, type Stage } from "../../ts/compiler/partition.ts";
import { isAhead } from "../../ts/compiler/passes/constant.ts";
import type { Root } from "../../ts/graph/key.ts";
import { type Node, type Source, topological } from "../../ts/graph/node.ts";
import { type Tensor, tensor, zeros } from "../../ts/index.ts";
import { optimize } from "./compiled.ts";

/** The other device runs these ops. */
const without =
  (...names: readonly string[]): Cannot =>
  (node) =>
    node.source === null && names.includes(node.op.name) ? `no ${node.op.name}` : null;

const stagesOf = (cannot: Cannot, ...tensors: readonly Tensor[]): Stage[] =>
  partition(optimize(tensors.map(({ node }) => ({ node }))), cannot, isAhead);

/** Every stage as its home and the names of what it computes. */
const namesOf = (stages: readonly Stage[]): string[] =>
  stages.map(({ home, roots }) => {
    const nodes = topological(roots.map(({ node }) => node)).filter(({ source }) => source === null);
    return `${home}: ${nodes.map(({ op }) => op.name).join(" ")}`;
  });

/** Bytes that stages take from the other device. */
const crossing = (stages: readonly Stage[]): number[][] =>
  stages.map(({ inputs }) =>
    [...inputs]
      .filter(([, from]) => !("destination" in from) || from.destination === "host")
      .map(([leaf]) => size(leaf)),
  );
const size = ({ shape }: Node): number => shape.reduce((product, n) => product * n, 1);

const x = (...shape: number[]): Tensor => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), { shape });

describe("stages", () => {
  test("a graph that the device runs whole is one, as it was", () => {
    const roots = optimize([{ node: x(4, 4).exp().sum().node }]);
    const [stage, ...more] = partition(roots, without("log"), isAhead);
    expect(more).toEqual([]);
    expect(stage?.home).toBe("own");
    expect(stage?.roots[0]?.node).toBe(roots[0]?.node);
  });

  test("and so is one that the other runs whole", () => {
    expect(namesOf(stagesOf(without("exp", "sum"), x(4, 4).exp().sum()))).toEqual(["other: exp sum"]);
  });

  test("follow one another, the devices in turn", () => {
    const stages = stagesOf(without("log"), x(300, 300).exp().log().sin().log().cos());
    expect(namesOf(stages)).toEqual(["own: exp", "other: log", "own: sin", "other: log", "own: cos"]);
    expect([...(stages[1] as Stage).reasons]).toEqual([["no log", new Set(["log"])]]);
  });

  test("what does not depend on one another shares a stage", () => {
    const a = x(300, 300).exp();
    const stages = stagesOf(without("log"), a.log().sin(), x(300, 300).cos(), x(300, 300).log());
    expect(stages.map(({ home }) => home)).toEqual(["own", "other", "own"]);
  });

  test("a value read by both devices crosses once and stays once", () => {
    const a = x(300, 300).exp();
    const stages = stagesOf(without("log"), a.log().add(a).sum(), a.sin().sum());
    expect(stages.map(({ home }) => home)).toEqual(["own", "other", "own"]);
    expect(crossing(stages)).toEqual([[], [90_000], [90_000]]);
    expect((stages[0] as Stage).roots.map(({ to }) => (typeof to === "number" ? to : to.destination)).sort()).toEqual(
      [1, "device", "host"].sort(),
    );
  });
});

describe("what crosses is little", () => {
  test("a view that shows less crosses, one that shows more is made by its reader", () => {
    const a = x(300, 300).exp();
    const narrow = stagesOf(without("log"), a.slice([2, 4]).log());
    expect(crossing(narrow)).toEqual([[], [600]]);
    const wide = stagesOf(without("log"), x(300).exp().expand(300, 300).log());
    expect(crossing(wide)).toEqual([[], [300]]);
  });

  test("a small group between nodes of the other device moves there, a large one does not", () => {
    const between = (n: number) => stagesOf(without("log"), x(n, n).log().mul(2).add(1).log().sin());
    expect(between(8).map(({ home }) => home)).toEqual(["other", "own"]);
    expect(between(300).map(({ home }) => home)).toEqual(["other", "own", "other", "own"]);
  });

  test("leaves and numbers are read where they are needed", () => {
    const a = x(300, 300);
    const stages = stagesOf(
      without("log"),
      a
        .log()
        .add(a.sin())
        .add(zeros([300, 300]).add(2)),
    );
    expect(crossing(stages)).toEqual([[], [90_000]]);
  });
});

describe("values that live on a device", () => {
  const parameter = (): Tensor => {
    const p = x(20, 20);
    (p.node.source as Source).resident = true;
    return p;
  };
  const update = (cannot: Cannot, roots: readonly Root[]): Stage[] => partition(optimize(roots), cannot, isAhead);
  const homeOfUpdate = (stages: readonly Stage[]): (Home | number)[] => {
    const i = stages.findIndex(({ roots }) => roots.some(({ into }) => into !== undefined));
    return [i, (stages[i] as Stage).home];
  };

  test("an update comes after all that read the old value", () => {
    const p = parameter();
    const roots = [{ node: p.log().sin().add(p).sum().node }, { node: p.mul(0.5).node, into: p.node }];
    const stages = update(without("log"), roots);
    expect(stages.map(({ home }) => home)).toEqual(["other", "own"]);
    expect(homeOfUpdate(stages)).toEqual([1, "own"]);
    expect(crossing(stages)[0]).toEqual([400]);
  });

  test("what only the other device reads lives there", () => {
    const p = parameter();
    const stages = update(without("log"), [{ node: p.log().sin().node, into: p.node }]);
    expect(homeOfUpdate(stages)).toEqual([2, "other"]);
    expect(crossing(stages)).toEqual([[], [400], [400]]);
  });
});
