/**
 * In the place of a thread's script: takes shares as assembly/team.ts does. It calls those of one kernel done, having none of
 * them to do, and ends amid the first of any other.
 */
import { workerData } from "node:worker_threads";

const { memory, block, places, passed } = workerData;
const words = new Int32Array(memory.buffer);
const tickets = new BigUint64Array(memory.buffer);
const [ready, done, ticket] = [(block + places.ready) >> 2, (block + places.done) >> 2, (block + places.ticket) >> 3];

Atomics.add(words, ready, 1);
for (;;) {
  const seen = Atomics.load(tickets, ticket);
  if ((seen & 0xffffn) === 0n || Atomics.compareExchange(tickets, ticket, seen, seen - 1n) !== seen) continue;
  const kernel = new DataView(memory.buffer).getUint16(Number(seen >> 32n), true);
  if (kernel !== passed) process.exit(0);
  Atomics.add(words, done, 1);
}
