/** From roots to what a device can run: passes, then what depends on constants alone is computed, then the schedule. */
import { optimize, plan } from "../compiler/compile.ts";
import type { StagePlan } from "../compiler/explain.ts";
import type { Device, DeviceBuffer, Holder, Program } from "../device/device.ts";
import type { Root } from "../graph/key.ts";
import { makeSource, type Node, type Source, topological } from "../graph/node.ts";
import { Constants, type Frozen, freezeEmpty } from "./constants.ts";
import { type Made, type Maker, type Runnable, Single, type Value, whenMade } from "./runnable.ts";

/** Makes programs for a device. */
export class Builder implements Maker {
  readonly device: Device;
  readonly #constants = new Constants();

  constructor(device: Device) {
    this.device = device;
  }

  get holder(): Holder {
    return this.device;
  }

  get immediate(): boolean {
    return this.device.immediate;
  }

  reaches(holder: Holder): boolean {
    return holder === this.device;
  }

  retire(): void {
    this.device.retire?.();
  }

  build(roots: readonly Root[], leaves: readonly Node[]): Made<Runnable> {
    return whenMade(this.optimize(roots), (optimized) => this.compile(optimized, leaves));
  }

  describe(roots: readonly Root[], leaves: readonly Node[]): Made<StagePlan[]> {
    return whenMade(this.optimize(roots), (optimized) => [this.describeOne(optimized, leaves)]);
  }

  optimize(roots: readonly Root[]): Made<Root[]> {
    return optimize(roots, this.device);
  }

  /** The device's own program of optimised roots. */
  compile(roots: readonly Root[], leaves: readonly Node[]): Made<Single> {
    return whenMade(
      this.#constants.freeze(this.#finished(roots), (nodes) => this.compute(nodes)),
      (frozen) => this.#finish(frozen, leaves),
    );
  }

  describeOne(roots: readonly Root[], leaves: readonly Node[]): StagePlan {
    const frozen = freezeEmpty(this.#finished(roots));
    const compiled = plan(frozen.roots, [...leaves, ...frozen.leaves], this.device.limits);
    return { device: this.device.name, compiled, reasons: new Map(), crossings: [] };
  }

  #finished(roots: readonly Root[]): readonly Root[] {
    const nodes = this.device.finish?.(roots.map(({ node }) => node));
    return nodes === undefined ? roots : roots.map((root, i) => ({ ...root, node: nodes[i] as Node }));
  }

  /** The program of roots that constants have nothing more to do with. */
  plain(roots: readonly Root[], leaves: readonly Node[]): Made<Single> {
    return this.#finish({ roots, leaves: [] }, leaves);
  }

  /** The values of nodes of constants. */
  protected compute(nodes: readonly Node[]): Made<Source[]> {
    const leaves = leavesOf(nodes);
    const program = this.plain(asRoots(nodes), leaves);
    return whenMade(program, (single) => whenMade(runOnce(single, leaves, nodes), asSources));
  }

  #finish(frozen: Frozen, leaves: readonly Node[]): Made<Single> {
    const all = [...leaves, ...frozen.leaves];
    const made = this.device.compile(plan(frozen.roots, all, this.device.limits));
    const captured = frozen.leaves.map((leaf) => leaf.source as Source);
    return whenMade(made, (program) => this.single(program, all, captured));
  }

  protected single(program: Program, leaves: readonly Node[], constants: readonly Source[]): Single {
    return new Single(this.device, program, leaves, constants);
  }
}

export const asRoots = (nodes: readonly Node[]): Root[] => nodes.map((node) => ({ node }));

/** A leaf for every source below the nodes. */
export function leavesOf(nodes: readonly Node[]): Node[] {
  return [...new Map(topological(nodes).flatMap((x) => (x.source === null ? [] : [[x.source, x]]))).values()];
}

/** Runs a program that is not needed again; its outputs stay on the device. */
export function runOnce(runnable: Runnable, leaves: readonly Node[], nodes: readonly Node[]): Made<Value[]> {
  const values = runnable.run(
    leaves.map((leaf) => leaf.source as Source),
    nodes.map(() => "device"),
  );
  if (values instanceof Promise) return values.finally(() => runnable.dispose());
  runnable.dispose();
  return values;
}

export const asSources = (values: readonly Value[]): Source[] =>
  values.map((buffer) => makeSource(null, buffer as DeviceBuffer, true));
