/** NumPy's .npz: a zip archive of .npy files, read for tests. Source: APPNOTE of PKWARE, numpy.lib.format. */
import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";

export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The float32 arrays of an archive, by name. */
export function readNpz(path: string): Map<string, NpyArray> {
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  const arrays = new Map<string, NpyArray>();
  for (let k = 0, at = bytes.readUInt32LE(end + 16); k < bytes.readUInt16LE(end + 10); k++) {
    const [name, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    const entry = bytes.readUInt32LE(at + 42);
    const start = entry + 30 + bytes.readUInt16LE(entry + 26) + bytes.readUInt16LE(entry + 28);
    const packed = bytes.subarray(start, start + bytes.readUInt32LE(at + 20));
    const file = bytes.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed);
    arrays.set(bytes.toString("latin1", at + 46, at + 46 + name).replace(/\.npy$/, ""), readNpy(file));
    at += 46 + name + extra + comment;
  }
  return arrays;
}

/** Magic, version 1, length of the header, the header: a Python dictionary. */
function readNpy(file: Buffer): NpyArray {
  const header = file.toString("latin1", 10, 10 + file.readUInt16LE(8));
  if (file[6] !== 1 || !header.includes("'<f4'") || header.includes("'fortran_order': True")) {
    throw new Error(`npz: cannot read ${header}: wanted float32 in rows`);
  }
  const shape = (/\(([^)]*)\)/.exec(header)?.[1] ?? "").split(",").filter((size) => size.trim() !== "");
  const values = file.subarray(10 + header.length);
  return { shape: shape.map(Number), data: new Float32Array(new Uint8Array(values).buffer) };
}
