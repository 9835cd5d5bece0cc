/**
 * What goes to a worker: copies of arrays, which are transferred, so that nobody's array is taken away. Large ones are copied
 * piece by piece, in short turns.
 */
import { type DType, dtypes, type TypedArray } from "../../core/dtype.ts";
import { breathe, shortShare } from "../../core/pause.ts";

/** An array in a message, and its type. */
export interface Cargo {
  readonly item: { host: TypedArray | number | null };
  readonly dtype: DType;
}

/** Bytes that are copied without a pause: about a millisecond's. */
const pieceBytes = 1 << 22;

/** Puts copies in the place of arrays; gives their memory. At once where they are small. */
export function load(cargo: readonly Cargo[]): Transferable[] | Promise<Transferable[]> {
  const bytes = cargo.reduce((sum, { item }) => sum + (ArrayBuffer.isView(item.host) ? item.host.byteLength : 0), 0);
  return bytes > pieceBytes ? loadSlowly(cargo) : cargo.flatMap(({ item, dtype }) => replace(item, dtype));
}

function replace(item: Cargo["item"], dtype: DType): ArrayBuffer[] {
  const { host } = item;
  if (!ArrayBuffer.isView(host)) return [];
  const copy = new dtypes[dtype].array(host.length);
  copy.set(host);
  item.host = copy;
  return [copy.buffer as ArrayBuffer];
}

async function loadSlowly(cargo: readonly Cargo[]): Promise<Transferable[]> {
  const buffers: ArrayBuffer[] = [];
  let since = 0;
  for (const { item, dtype } of cargo) {
    const { host } = item;
    if (!ArrayBuffer.isView(host)) continue;
    const copy = new dtypes[dtype].array(host.length);
    const step = pieceBytes / dtypes[dtype].bytes;
    for (let at = 0; at < host.length; at += step) {
      copy.set(host.subarray(at, at + step), at);
      since += Math.min(step, host.length - at) * dtypes[dtype].bytes;
      if (since < pieceBytes) continue;
      since = 0;
      await breathe(shortShare);
    }
    item.host = copy;
    buffers.push(copy.buffer as ArrayBuffer);
  }
  return buffers;
}
