/**
 * Safetensors files ⇄ named tensors.
 *
 * `load` takes what PyTorch writes (F32, I32, U8, BOOL as they are; F16 and BF16 widened to float32; I64 as int32 where
 * every value fits), `save` writes what PyTorch reads.
 */
import { readBytes, writeFileAtomic } from "#platform";
import { adopt, realize, storedValues, type Tensor } from "../tensor/tensor.ts";
import { parse, type StoredTensor, serialize } from "./safetensors-bytes.ts";

export { parse, type StoredTensor, type StoredTensors, serialize } from "./safetensors-bytes.ts";

export interface LoadOptions {
  /** Stops reading; `load` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface SaveOptions {
  /** Free-form text that travels with the tensors. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Reads the tensors of a safetensors file from its bytes, a Blob, a URL, or a path where there are files.
 *
 * Values may be views on the bytes given, which must not change afterwards. Throws `FormatError` on malformed bytes and
 * `UnsupportedError` on element types that tensors cannot hold.
 *
 * @example
 * const model = new nn.Linear(4, 2);
 * const bytes = await save(model.stateDict());
 * new nn.Linear(4, 2).loadStateDict(await load(bytes));
 */
export async function load(
  source: Uint8Array | ArrayBuffer | Blob | URL | string,
  options: LoadOptions = {},
): Promise<Record<string, Tensor>> {
  const { signal } = options;
  signal?.throwIfAborted();
  const bytes = await bytesOf(source, signal);
  signal?.throwIfAborted();
  const { tensors } = parse(bytes, typeof source === "string" || source instanceof URL ? String(source) : undefined);
  // fromEntries defines its keys, so that even a tensor named __proto__ is one.
  return Object.fromEntries(
    Array.from(tensors, ([name, { dtype, shape, data }]) => [name, adopt(data, shape, dtype)] as const),
  );
}

async function bytesOf(
  source: Uint8Array | ArrayBuffer | Blob | URL | string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  return readBytes(source, signal);
}

/**
 * The bytes of a safetensors file that holds the tensors. The same values give the same bytes.
 *
 * @example
 * const bytes = await save(new nn.Linear(4, 2).stateDict(), { metadata: { epoch: "5" } });
 */
export async function save(tensors: Readonly<Record<string, Tensor>>, options: SaveOptions = {}): Promise<Uint8Array> {
  const entries = Object.entries(tensors);
  await realize(...Object.values(tensors));
  // All downloads begin in one turn, so no optimiser's step can fall between two of them.
  const stored = await Promise.all(
    entries.map(async ([name, tensor]): Promise<[string, StoredTensor]> => {
      const { dtype, shape } = tensor;
      return [name, { dtype, shape, data: await storedValues(tensor) }];
    }),
  );
  return serialize(stored, options.metadata);
}

/**
 * Writes a safetensors file, where there are files. The file at `path` is the old one or the new one at every moment,
 * whatever interrupts the writing.
 *
 * @example
 * const model = new nn.Linear(4, 2);
 * await saveFile("linear.safetensors", model.stateDict());
 * model.loadStateDict(await load("linear.safetensors"));
 */
export async function saveFile(
  path: URL | string,
  tensors: Readonly<Record<string, Tensor>>,
  options: SaveOptions = {},
): Promise<void> {
  await writeFileAtomic(path, await save(tensors, options));
}
