/**
 * Safetensors files ⇄ named tensors.
 *
 * `load` takes what PyTorch writes (F32, I32, U8, BOOL as they are; F16 and BF16 widened to float32; I64 as int32 where
 * every value fits), `save` writes what PyTorch reads.
 */
import { writeFileAtomic } from "#platform";
import { nameOf, readSource, type Source, type SourceOptions } from "../files/source.ts";
import { adopt, realize, storedValues, type Tensor } from "../tensor/tensor.ts";
import { parse, type StoredTensor, serialize } from "./safetensors-bytes.ts";

export type { Progress, Source, SourceOptions } from "../files/source.ts";
export { parse, type StoredTensor, type StoredTensors, serialize } from "./safetensors-bytes.ts";

/** How a file is read: progress, a signal that stops it, a cache, a hash that it must have. */
export type LoadOptions = SourceOptions;

/** What travels with the tensors of a file. */
export interface SaveOptions {
  /** Free-form text that travels with the tensors. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Reads the tensors of a safetensors file from its bytes, a Blob, a stream, a Response, a URL, or a path where there are
 * files.
 *
 * Values may be views on the bytes given, which must not change afterwards. Throws `FormatError` on malformed bytes and
 * `UnsupportedError` on element types that tensors cannot hold.
 *
 * @example
 * const model = new nn.Linear(4, 2);
 * const bytes = await save(model.stateDict());
 * new nn.Linear(4, 2).loadStateDict(await load(bytes));
 */
export async function load(source: Source, options: LoadOptions = {}): Promise<Record<string, Tensor>> {
  const bytes = await readSource(source, options);
  const { tensors } = parse(bytes, nameOf(source));
  // fromEntries defines its keys, so that even a tensor named __proto__ is one.
  return Object.fromEntries(
    Array.from(tensors, ([name, { dtype, shape, data }]) => [name, adopt(data, shape, dtype)] as const),
  );
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
