/**
 * Programs in a worker: graphs are built here and sent there once, where they are compiled; runs name what they read by
 * number. So all that takes long happens there. See host.ts for the other side.
 */
import { startWorker, wasmUrl } from "#platform";
import { passNames } from "../../compiler/compile.ts";
import type { StagePlan } from "../../compiler/explain.ts";
import { type DType, dtypes, type TypedArray } from "../../core/dtype.ts";
import { DeviceError } from "../../core/errors.ts";
import { breathe, shortShare } from "../../core/pause.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Destination, DeviceBuffer, Holder } from "../../device/device.ts";
import type { Root } from "../../graph/key.ts";
import type { Node, Source } from "../../graph/node.ts";
import type { Piece } from "../../platform/platform.ts";
import type { InitOptions } from "../options.ts";
import type { Maker, Renew, Runnable, Value } from "../runnable.ts";
import { type Cargo, load } from "./cargo.ts";
import { Constants } from "./constants.ts";
import { type WorkerBuffer, WorkerHolder } from "./holder.ts";
import { Line } from "./line.ts";
import { pack } from "./parcel.ts";
import type { BuildReply, LeafGiven, RunReply, Service } from "./protocol.ts";
import { unpackStages } from "./stages.ts";

const pieces = [
  "hebb",
  "hebb-relaxed",
  "hebb-full",
  "hebb-full-relaxed",
  "hebb-shared",
  "hebb-shared-relaxed",
  "hebb-full-shared",
  "hebb-full-shared-relaxed",
  "hebb-team",
  "thread",
] as const satisfies readonly Piece[];

/** Starts a worker, and in it what the options ask for. */
export async function startInWorker(options: InitOptions, renew: Renew): Promise<WorkerMaker> {
  const { worker, wasm, ...rest } = options;
  const line = new Line<Service>(await startWorker(worker instanceof URL ? worker : undefined));
  try {
    const places = Object.fromEntries(pieces.map((piece) => [piece, wasmUrl(piece)?.href]));
    const started = await line.ask("start", { ...rest, places, wasm: wasm instanceof URL ? wasm.href : wasm });
    const holder = new WorkerHolder(line, started);
    return new WorkerMaker(holder, new Constants(holder), renew);
  } catch (error) {
    line.close();
    throw error;
  }
}

export class WorkerMaker implements Maker {
  readonly device = null;
  readonly immediate = false;
  readonly holder: WorkerHolder;
  readonly #constants: Constants;
  readonly #renew: Renew;
  #edition = 0;

  constructor(holder: WorkerHolder, constants: Constants, renew: Renew) {
    this.holder = holder;
    this.#constants = constants;
    this.#renew = renew;
  }

  reaches(holder: Holder): boolean {
    return holder === this.holder;
  }

  retire(): void {
    this.holder.retire();
  }

  async build(roots: readonly Root[], leaves: readonly Node[]): Promise<WorkerProgram> {
    const id = this.holder.newId();
    const results = roots.map(({ node, into }) => (into === undefined ? node : null));
    const stages = await this.#send(id, roots, leaves);
    return new WorkerProgram(this, id, stages, leaves, results);
  }

  describe(roots: readonly Root[], leaves: readonly Node[]): Promise<StagePlan[]> {
    return this.#send(0, roots, leaves);
  }

  /** Hears of programs that hold kernels which turned out wrong. */
  hear({ edition }: RunReply): void {
    if (edition === this.#edition) return;
    const next = new WorkerMaker(this.holder, this.#constants, this.#renew);
    next.#edition = edition;
    this.#edition = edition;
    this.#renew(this, next);
  }

  async #send(program: number, roots: readonly Root[], leaves: readonly Node[]): Promise<StagePlan[]> {
    const constants = new Map<number, Node>();
    const parcel = pack(roots, leaves, (node) => {
      const id = this.#constants.numberOf(node.source as Source);
      constants.set(id, node);
      return id;
    });
    await breathe(shortShare);
    const { sent } = this.#constants;
    let wanted = [...constants.keys()].filter((id) => !sent.has(id));
    for (;;) {
      const supplies = wanted.map((id) => [id, { host: hostOf(constants.get(id) as Node) }] as const);
      const cargo = supplies.map(([id, item]): Cargo => ({ item, dtype: (constants.get(id) as Node).dtype }));
      const transfer = await load(cargo);
      for (const id of wanted) sent.add(id);
      const request = { program, parcel, supplies, passes: passNames() };
      const reply: BuildReply = await this.holder.line.ask("build", request, transfer);
      if ("stages" in reply) {
        this.holder.threads = reply.threads;
        return unpackStages(reply.stages);
      }
      wanted = [...reply.missing];
    }
  }
}

function hostOf({ source }: Node): TypedArray | number {
  const { host } = source as Source;
  if (host === null) throw new DeviceError("worker: cannot read a constant: its values are not at hand");
  return host;
}

const bytesOf = ({ dtype, shape }: { readonly dtype: DType; readonly shape: readonly number[] }): number =>
  sizeOf(shape) * dtypes[dtype].bytes;

/** A value that a run takes to the worker. */
interface Moved {
  readonly source: Source;
  readonly host: Source["host"];
  readonly buffer: WorkerBuffer;
}

/** What a program needs to know of a leaf or a result. */
type Kind = Pick<Node, "dtype" | "shape">;

class WorkerProgram implements Runnable {
  readonly stages: readonly StagePlan[];
  readonly constants: readonly Source[] = [];
  disposed = false;
  readonly #maker: WorkerMaker;
  readonly #id: number;
  readonly #leaves: readonly Kind[];
  /** Null for updates. */
  readonly #results: readonly (Kind | null)[];

  constructor(
    maker: WorkerMaker,
    id: number,
    stages: readonly StagePlan[],
    leaves: readonly Node[],
    results: readonly (Node | null)[],
  ) {
    this.#maker = maker;
    this.#id = id;
    this.stages = stages;
    this.#leaves = leaves.map(({ dtype, shape }) => ({ dtype, shape }));
    this.#results = results.map((node) => node && { dtype: node.dtype, shape: node.shape });
  }

  async run(sources: readonly Source[], outputs: readonly Destination[], times?: Float64Array): Promise<Value[]> {
    const { holder } = this.#maker;
    const moved: Moved[] = [];
    const leaves = sources.map((source, i) => this.#give(source, this.#leaves[i] as Kind, moved));
    const cargo = leaves.map((item, i): Cargo => ({ item, dtype: (this.#leaves[i] as Kind).dtype }));
    const ids = this.#results.map((result, i) => {
      if (result === null) return -1;
      return outputs[i] === "device" ? holder.newId() : 0;
    });
    const request = { program: this.#id, leaves, outputs: ids, timed: times?.length ?? 0 };
    let reply: RunReply;
    try {
      reply = await holder.inTurn(cargo, (transfer) => holder.line.ask("run", request, transfer));
    } catch (error) {
      if (holder.lost !== null) takeBack(moved);
      throw error;
    }
    reply.times?.forEach((ms, k) => {
      if (times !== undefined) times[k] = (times[k] as number) + ms;
    });
    const values = ids.map((id, i) => {
      return id > 0 ? holder.buffer(id, bytesOf(this.#results[i] as Kind)) : (reply.values[i] as Value);
    });
    this.#maker.hear(reply);
    return values;
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.#maker.holder.release({ programs: [this.#id] });
  }

  /** A leaf as the worker gets it; what stays there belongs to it from now on. */
  #give(source: Source, kind: Kind, moved: Moved[]): LeafGiven {
    const { host, resident, owner } = source;
    const buffer = source.buffer as DeviceBuffer | null;
    if (buffer !== null) return { id: (buffer as WorkerBuffer).id, host: null, owner: owner?.name };
    if (host === null) throw new DeviceError("worker: cannot read a tensor: its buffer was freed");
    if (!resident) return { id: 0, host, owner: undefined };
    const { holder } = this.#maker;
    const own = holder.buffer(holder.newId(), bytesOf(kind));
    source.buffer = own;
    source.host = null;
    moved.push({ source, host, buffer: own });
    return { id: own.id, host, owner: owner?.name };
  }
}

/** What a run brought to a worker that has ended is still here. */
function takeBack(moved: readonly Moved[]): void {
  for (const { source, host, buffer } of moved) {
    if (source.buffer !== buffer) continue;
    source.buffer = null;
    source.host = host;
  }
}
