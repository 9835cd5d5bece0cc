/** The worker's side: programs, and the values behind the numbers that the page gives out. */

import type { StagePlan } from "../../compiler/explain.ts";
import type { TypedArray } from "../../core/dtype.ts";
import { DeviceError } from "../../core/errors.ts";
import { store } from "../../core/storage.ts";
import type { DeviceBuffer } from "../../device/device.ts";
import { makeConstant, makeSource, type Op, type Source } from "../../graph/node.ts";
import { vocabulary } from "../../ops/vocabulary.ts";
import type { Maker, Runnable } from "../runnable.ts";
import { startMaker } from "../start.ts";
import { fetchValue, isLost } from "../value.ts";
import { unpack } from "./parcel.ts";
import { usePasses } from "./passes.ts";
import type {
  BuildReply,
  BuildRequest,
  LeafGiven,
  ReadRequest,
  Release,
  RunReply,
  RunRequest,
  Service,
  Started,
  Supplies,
  WireOptions,
} from "./protocol.ts";
import { packStages } from "./stages.ts";

/** A value that never changes, for as long as a program needs it; its number in keys stays the same. */
interface Constant {
  readonly constant: number;
  source: WeakRef<Source>;
}

export class Host implements Service {
  #maker: Maker | null = null;
  #edition = 0;
  readonly #ops = new Map<string, Op>(vocabulary.map((op) => [op.name, op]));
  readonly #programs = new Map<number, Runnable>();
  readonly #values = new Map<number, Source>();
  readonly #constants = new Map<number, Constant>();

  /** Why the device can run nothing any more. */
  get lost(): string | null {
    return this.#maker !== null && isLost(this.#maker.holder) ? (this.#maker.holder.lost ?? null) : null;
  }

  async start({ wasm, places, ...options }: WireOptions): Promise<Started> {
    const kernels = wasm === undefined ? {} : { wasm: typeof wasm === "string" ? new URL(wasm) : wasm };
    this.#maker = await startMaker(
      { ...options, ...kernels },
      (old, next) => {
        if (this.#maker !== old) return;
        this.#maker = next;
        this.#edition++;
      },
      (build) => {
        const place = places[build];
        return place === undefined ? null : new URL(place);
      },
    );
    const { name, adapter } = this.#maker.holder;
    return { name, adapter };
  }

  async build({ program, parcel, supplies, passes }: BuildRequest): Promise<BuildReply> {
    await usePasses(passes);
    const constants = this.#supply(supplies);
    const missing: number[] = [];
    for (const { constant } of parcel.sources) {
      if (constant === 0 || constants.has(constant)) continue;
      const known = this.#constants.get(constant)?.source.deref();
      if (known === undefined) missing.push(constant);
      else constants.set(constant, known);
    }
    if (missing.length > 0) return { missing };
    const { roots, leaves } = unpack(parcel, this.#ops, (id) => constants.get(id) as Source);
    const maker = this.#maker as Maker;
    let stages: readonly StagePlan[];
    if (program === 0) stages = await maker.describe(roots, leaves);
    else {
      const runnable = await maker.build(roots, leaves);
      this.#programs.set(program, runnable);
      stages = runnable.stages;
    }
    return { stages: packStages(stages), threads: maker.holder.threads };
  }

  /** Runs start as they come: nothing is awaited before. */
  async run({ program, leaves, outputs, timed }: RunRequest): Promise<RunReply> {
    const runnable = this.#programs.get(program) as Runnable;
    const times = timed > 0 ? new Float64Array(timed) : null;
    const values = await runnable.run(
      [...leaves.map((leaf) => this.#sourceOf(leaf)), ...runnable.constants],
      outputs.map((id) => (id > 0 ? "device" : "host")),
      times ?? undefined,
    );
    const brought = values.map((value, i) => {
      const id = outputs[i] as number;
      const host = ArrayBuffer.isView(value) ? value : null;
      if (id <= 0) return host;
      this.#values.set(id, makeSource(host, host === null ? value : null, true));
      return null;
    });
    return { values: brought, times, edition: this.#edition };
  }

  async read({ id, dtype, size }: ReadRequest): Promise<TypedArray> {
    const source = this.#values.get(id) as Source;
    const { host } = source;
    if (host === null) return fetchValue(source, { dtype, shape: [size] });
    return typeof host === "number" ? store(dtype, [host]) : host.slice();
  }

  release({ values, programs, constants }: Release): void {
    for (const id of values) {
      const buffer = this.#values.get(id)?.buffer as DeviceBuffer | null | undefined;
      this.#values.delete(id);
      buffer?.device.free(buffer);
    }
    for (const id of programs) {
      this.#programs.get(id)?.dispose();
      this.#programs.delete(id);
    }
    for (const id of constants) this.#constants.delete(id);
  }

  #sourceOf({ id, host, owner }: LeafGiven): Source {
    if (host === null) {
      const known = this.#values.get(id);
      if (known === undefined) throw new DeviceError("worker: cannot read a tensor: its buffer was freed");
      // What was computed here has no name before somebody reads it as a parameter's.
      if (owner !== undefined) known.owner = { name: owner };
      return known;
    }
    const source = makeSource(host, null, id > 0);
    if (id > 0) {
      if (owner !== undefined) source.owner = { name: owner };
      this.#values.set(id, source);
    }
    return source;
  }

  #supply(supplies: Supplies): Map<number, Source> {
    const found = new Map<number, Source>();
    for (const [id, { host }] of supplies) {
      const known = this.#constants.get(id);
      const alive = known?.source.deref();
      const source = alive ?? makeSource(host, null, false);
      found.set(id, source);
      if (alive !== undefined) continue;
      if (known === undefined) {
        makeConstant(source);
        this.#constants.set(id, { constant: source.constant, source: new WeakRef(source) });
      } else {
        source.constant = known.constant;
        known.source = new WeakRef(source);
      }
    }
    return found;
  }
}
