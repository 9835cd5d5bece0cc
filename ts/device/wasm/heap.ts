/** Places in linear memory above the module's own data: first-fit with joined neighbours, 64-byte aligned, growing the memory. */
import { type DType, dtypes, type TypedArray } from "../../core/dtype.ts";
import { DeviceError } from "../../core/errors.ts";
import { store } from "../../core/storage.ts";

const alignment = 64;
const pageBytes = 65536;

export class Heap {
  readonly memory: WebAssembly.Memory;
  /** Bytes in use. */
  used = 0;
  #end: number;
  /** Free ranges by address, neighbours joined; the last one may reach the end of the memory. */
  #free: { address: number; bytes: number }[] = [];

  #buffer: ArrayBuffer | null = null;
  #views = {} as { [D in DType]: TypedArray };
  #words = new Uint32Array(0);

  constructor(memory: WebAssembly.Memory, base: number) {
    this.memory = memory;
    this.#end = Math.ceil(base / alignment) * alignment;
    this.#grow(alignment);
  }

  /** Rounded size of a request: at least one line, and a line of padding so that kernels may read past the end. */
  static sizeOf(bytes: number): number {
    return (Math.ceil(bytes / alignment) + 1) * alignment;
  }

  /** The memory as 32-bit words; holds until the memory grows. */
  get words(): Uint32Array {
    this.#refresh();
    return this.#words;
  }

  /** Copies values of a dtype to an address. */
  write(dtype: DType, address: number, values: TypedArray | number): void {
    this.#refresh();
    const at = address / dtypes[dtype].bytes;
    this.#views[dtype].set(typeof values === "number" ? store(dtype, [values]) : values, at);
  }

  /** A copy of `size` values of a dtype from an address. */
  read(dtype: DType, address: number, size: number): TypedArray {
    this.#refresh();
    const at = address / dtypes[dtype].bytes;
    return this.#views[dtype].slice(at, at + size);
  }

  /** Makes the views anew once the memory has grown: growing detaches them. */
  #refresh(): void {
    const { buffer } = this.memory;
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    this.#words = new Uint32Array(buffer);
    for (const dtype in dtypes) this.#views[dtype as DType] = new dtypes[dtype as DType].array(buffer);
  }

  allocate(bytes: number): number {
    const size = Heap.sizeOf(bytes);
    let at = this.#free.findIndex((range) => range.bytes >= size);
    if (at < 0) {
      const tail = this.#free[this.#free.length - 1];
      const open = tail !== undefined && tail.address + tail.bytes === this.#end ? tail.bytes : 0;
      this.#grow(size - open);
      at = this.#free.length - 1;
    }
    const range = this.#free[at] as { address: number; bytes: number };
    const { address } = range;
    if (range.bytes === size) this.#free.splice(at, 1);
    else {
      range.address += size;
      range.bytes -= size;
    }
    this.used += size;
    return address;
  }

  free(address: number, bytes: number): void {
    const size = Heap.sizeOf(bytes);
    this.used -= size;
    this.#release(address, size);
  }

  #release(address: number, bytes: number): void {
    let low = 0;
    let high = this.#free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#free[middle] as { address: number }).address < address) low = middle + 1;
      else high = middle;
    }
    const before = this.#free[low - 1];
    const after = this.#free[low];
    const joinsAfter = after !== undefined && address + bytes === after.address;
    if (before !== undefined && before.address + before.bytes === address) {
      before.bytes += bytes;
      if (joinsAfter) {
        before.bytes += after.bytes;
        this.#free.splice(low, 1);
      }
    } else if (joinsAfter) {
      after.address = address;
      after.bytes += bytes;
    } else {
      this.#free.splice(low, 0, { address, bytes });
    }
  }

  #grow(bytes: number): void {
    const wanted = this.#end + bytes;
    const has = this.memory.buffer.byteLength;
    if (wanted > has) {
      // Growing copies in some engines: take an eighth more, as long as the system gives it.
      const pages = Math.ceil((wanted - has) / pageBytes);
      const more = Math.max(pages, Math.ceil(has / 8 / pageBytes));
      try {
        this.memory.grow(more);
      } catch {
        try {
          this.memory.grow(pages);
        } catch {
          throw new DeviceError(`wasm: cannot allocate ${bytes} bytes: the memory has ${has} and cannot grow`);
        }
      }
    }
    const end = this.memory.buffer.byteLength;
    this.#release(this.#end, end - this.#end);
    this.#end = end;
  }
}
