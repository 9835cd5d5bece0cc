/** The values that a worker holds, as its page sees them. */
import type { DType, TypedArray } from "../../core/dtype.ts";
import { DeviceError } from "../../core/errors.ts";
import type { DeviceBuffer, Holder } from "../../device/device.ts";
import { type Cargo, load } from "./cargo.ts";
import type { Line } from "./line.ts";
import type { Release, Service, Started } from "./protocol.ts";

/** A value by its number. */
export class WorkerBuffer implements DeviceBuffer {
  readonly device: WorkerHolder;
  readonly id: number;
  readonly bytes: number;

  constructor(device: WorkerHolder, id: number, bytes: number) {
    this.device = device;
    this.id = id;
    this.bytes = bytes;
  }
}

export class WorkerHolder implements Holder {
  readonly name: Started["name"];
  readonly adapter: string;
  /** As the worker last told. */
  threads: number | undefined;
  readonly line: Line<Service>;
  readonly #collected: FinalizationRegistry<number>;
  #ids = 0;
  /** Values that somebody has a buffer of. */
  readonly #live = new Set<number>();
  #retired = false;
  #released: { values: number[]; programs: number[]; constants: number[] } | null = null;
  /** The end of the last request that copies what it brings; null where the next can go at once. */
  #loading: Promise<unknown> | null = null;

  constructor(line: Line<Service>, { name, adapter = name }: Started) {
    this.line = line;
    this.name = name;
    this.adapter = adapter;
    this.#collected = new FinalizationRegistry((id) => this.#drop(id));
  }

  get lost(): string | null {
    return this.line.lost;
  }

  /** A number that nothing else has. */
  newId(): number {
    return ++this.#ids;
  }

  /** The buffer of a value that the worker has, or is about to get. */
  buffer(id: number, bytes: number): WorkerBuffer {
    const buffer = new WorkerBuffer(this, id, bytes);
    this.#live.add(id);
    this.#collected.register(buffer, id, buffer);
    return buffer;
  }

  /** Makes a request in its turn, once its cargo is loaded: what is asked for later starts later. */
  inTurn<T>(cargo: readonly Cargo[], ask: (transfer: Transferable[]) => Promise<T>): Promise<T> {
    if (this.#loading !== null)
      return this.#later(
        this.#loading.then(() => load(cargo)),
        ask,
      );
    const loaded = load(cargo);
    return loaded instanceof Promise ? this.#later(loaded, ask) : ask(loaded);
  }

  #later<T>(loading: Promise<Transferable[]>, ask: (transfer: Transferable[]) => Promise<T>): Promise<T> {
    // What is asked is on its way before whoever waits for this turn goes on.
    const asked = loading.then((transfer) => ({ answer: ask(transfer) }));
    const turn: Promise<unknown> = asked
      .catch(() => {}) // Whoever asked hears of it.
      .then(() => {
        if (this.#loading === turn) this.#loading = null;
      });
    this.#loading = turn;
    return asked.then(({ answer }) => answer);
  }

  download(buffer: DeviceBuffer, dtype: DType, size: number): Promise<TypedArray> {
    const { id } = buffer as WorkerBuffer;
    return this.inTurn([], () => this.line.ask("read", { id, dtype, size }));
  }

  free(buffer: DeviceBuffer): void {
    this.#collected.unregister(buffer);
    this.#drop((buffer as WorkerBuffer).id);
  }

  /** Tells the worker in the next turn what nobody needs any more. */
  release({ values = [], programs = [], constants = [] }: Partial<Release>): void {
    if (this.lost !== null) return;
    if (this.#released === null) {
      this.#released = { values: [], programs: [], constants: [] };
      queueMicrotask(() => this.#tell());
    }
    this.#released.values.push(...values);
    this.#released.programs.push(...programs);
    this.#released.constants.push(...constants);
  }

  /** Ends the worker as soon as nobody needs a value that it holds. */
  retire(): void {
    this.#retired = true;
    this.#closeIfIdle();
  }

  dispose(): void {
    this.line.close();
  }

  #drop(id: number): void {
    if (this.#live.delete(id)) this.release({ values: [id] });
  }

  #tell(): void {
    const released = this.#released as Release;
    this.#released = null;
    // A worker that has ended holds nothing to release.
    this.inTurn([], () => this.line.ask("release", released))
      .catch((error: unknown) => {
        if (!(error instanceof DeviceError)) throw error;
      })
      .finally(() => this.#closeIfIdle());
  }

  #closeIfIdle(): void {
    if (this.#retired && this.#live.size === 0 && !this.line.busy && this.lost === null) this.dispose();
  }
}
