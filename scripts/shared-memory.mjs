// The kernels over a memory that threads share: the same code, byte by byte, and another declaration of the memory that the
// module imports.
//
//   import section (2): length, count, then for each: module, name, kind; a memory (kind 2) has limits
//   limits: flags (1: has a maximum, 2: is shared), initial pages, maximum pages
//
// https://webassembly.github.io/threads/core/binary/types.html#limits

/** Pages that a module of 32-bit addresses may have at most: whoever makes the memory decides on less. */
const mostPages = 65536;

/** A LEB128 number at `at`, and where it ends. */
function read(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

function written(value) {
  const out = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) out.push((value & 0x7f) | 0x80);
  return [...out, value];
}

/** The module with its first import, the memory, declared as shared. */
export function withSharedMemory(bytes) {
  for (let at = 8; at < bytes.length; ) {
    const id = bytes[at];
    const [length, body] = read(bytes, at + 1);
    if (id === 2) {
      const [count, first] = read(bytes, body);
      const [moduleLength, module] = read(bytes, first);
      const [nameLength, name] = read(bytes, module + moduleLength);
      const kind = name + nameLength;
      const [flags, limits] = read(bytes, kind + 1);
      if (bytes[kind] !== 2 || flags > 1) break;
      const [initial, afterInitial] = read(bytes, limits);
      const end = flags === 1 ? read(bytes, afterInitial)[1] : afterInitial;
      const section = [
        ...written(count),
        ...bytes.subarray(first, kind + 1),
        3,
        ...written(initial),
        ...written(mostPages),
        ...bytes.subarray(end, body + length),
      ];
      return Uint8Array.from([
        ...bytes.subarray(0, at + 1),
        ...written(section.length),
        ...section,
        ...bytes.subarray(body + length),
      ]);
    }
    at = body + length;
  }
  throw new Error("shared-memory: cannot share the memory of a module: its first import is none of its own kind");
}
