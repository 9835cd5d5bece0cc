/** What a download allocates, by what it was told and what came. */
import { expect, test } from "vitest";
import { Arrival } from "../../ts/core/arrival.ts";

const MIB = 2 ** 20;

test.each([null, 0, 3, 10, 1000])("pieces are joined, %s bytes announced", (claimed) => {
  const arrival = new Arrival(claimed);
  for (let i = 0; i < 10; i++) arrival.append(Uint8Array.of(i));
  expect([...arrival.bytes()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("a lie costs at most 16 times what came", () => {
  const arrival = new Arrival(2 ** 40);
  for (let i = 0; i < 40; i++) arrival.append(new Uint8Array(MIB));
  expect(arrival.bytes().buffer.byteLength).toBeLessThanOrEqual(60 * MIB);
});

test("an honest file is allocated once a sixteenth of it is here, and ends at its size", () => {
  const arrival = new Arrival(480 * MIB);
  const sizes = new Set<number>();
  for (let i = 0; i < 480; i += 2) {
    arrival.append(new Uint8Array(2 * MIB));
    sizes.add(arrival.bytes().buffer.byteLength / MIB);
  }
  expect([...sizes]).toEqual([16, 24, 30, 480]);
});
