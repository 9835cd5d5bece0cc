/** Seeded damage to good files, for tests that hostile bytes give a clear error and nothing else. */

/** A small generator of uniform numbers in [0, 1) (mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One damaged copy of `good`: bits flipped, bytes set, cut short, lengthened, a piece moved, or all random. */
export function damage(good: Uint8Array, random: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(random() * limit);
  // Most damage goes to the front, where headers are.
  const place = (length: number): number => Math.floor(random() ** 2 * length);
  let bytes = good.slice();
  const kind = below(8);
  if (kind === 0) return bytes.slice(0, below(bytes.length));
  if (kind === 1) return Uint8Array.from({ length: below(200) }, () => below(256));
  if (kind === 2) {
    const longer = new Uint8Array(bytes.length + 1 + below(40));
    longer.set(bytes);
    return longer;
  }
  if (kind === 3) bytes.copyWithin(place(bytes.length), place(bytes.length), below(bytes.length));
  for (let i = 1 + below(6); i > 0; i--) {
    const at = place(bytes.length);
    const byte = bytes[at] ?? 0;
    const digit = byte >= 0x30 && byte <= 0x39 && random() < 0.7;
    bytes[at] = digit ? 0x30 + below(10) : random() < 0.5 ? byte ^ (1 << below(8)) : below(256);
  }
  if (kind === 4) bytes = bytes.slice(0, bytes.length - below(12));
  return bytes;
}
