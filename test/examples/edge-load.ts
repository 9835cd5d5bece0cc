/** Many requests at once, sound ones among broken ones and some that are given up; and what the server holds meanwhile. */
import { expect } from "vitest";
import { heldBy } from "./edge-cost.ts";
import { type Broken, brokenRequests, requestOf, type Sent, soundRequests } from "./edge-requests.ts";

/** Requests that are under way at a time. */
const AT_ONCE = 16;

export interface Load {
  /** Requests by what became of them. */
  readonly sound: number;
  readonly broken: number;
  readonly givenUp: number;
  /** Answers that are not what they should be, in words. */
  readonly wrong: readonly string[];
  /** Megabytes of the process when a third of the requests was answered, and at the end; null where nobody can tell. */
  readonly warm: number | null;
  readonly end: number | null;
}

/** Megabytes by which a process may grow after it is warm: what its garbage collector leaves lying around. */
const SLACK = 40;

/** Fails unless all that was sent of `count` requests was answered rightly, and memory did not grow. */
export function expectSound(load: Load, count: number): void {
  expect(load.wrong).toEqual([]);
  expect(load.sound).toBeGreaterThan(0.5 * count);
  expect(load.broken).toBeGreaterThan(0.2 * count);
  expect(load.givenUp).toBeGreaterThanOrEqual(Math.floor(count / 10));
  const { warm, end } = load;
  console.log(
    warm === null || end === null
      ? "memory: not watched, this system does not tell what a process holds"
      : `${count} requests: ${warm.toFixed(1)} MB when warm, ${end.toFixed(1)} MB at the end`,
  );
  if (warm !== null && end !== null) expect(end - warm).toBeLessThan(SLACK);
}

/** What is sent, each in turn. */
export interface Requests {
  readonly sound: readonly (Sent & { readonly label: string })[];
  readonly broken: readonly Broken[];
}

/** Sends `count` requests: of ten, six sound, three broken, one given up soon after it was sent. */
export async function sendLoad(
  { url, pid }: { readonly url: string; readonly pid: number },
  count: number,
  requests?: Requests,
): Promise<Load> {
  const { sound, broken } = requests ?? { sound: await soundRequests(), broken: await brokenRequests() };
  const counts = { sound: 0, broken: 0, givenUp: 0 };
  const wrong: string[] = [];
  let warm: number | null = null;
  let sent = 0;
  const one = async (i: number): Promise<void> => {
    const kind = i % 10;
    if (kind === 9) {
      await giveUp(url, sound[counts.givenUp++ % sound.length] as Sent, i % 7);
    } else if (kind % 3 === 2) {
      wrong.push(...(await faultsOf(url, broken[counts.broken++ % broken.length] as Broken)));
    } else {
      wrong.push(...(await errorsOf(url, sound[counts.sound++ % sound.length] as Sent & { label: string })));
    }
  };
  const line = async (): Promise<void> => {
    while (sent < count) {
      const i = sent++;
      if (i === Math.floor(count / 3)) warm = heldBy(pid);
      await one(i);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, line));
  return { ...counts, wrong, warm, end: heldBy(pid) };
}

async function errorsOf(url: string, request: Sent & { label: string }): Promise<string[]> {
  const response = await fetch(requestOf(url, request));
  const { label, error } = (await response.json()) as { label?: string; error?: string };
  return response.status === 200 && label === request.label
    ? []
    : [`${request.name}: ${response.status} ${label ?? error}, wanted ${request.label}`];
}

async function faultsOf(url: string, request: Broken): Promise<string[]> {
  const response = await fetch(requestOf(url, request));
  const { error = "" } = (await response.json()) as { error?: string };
  const right = response.status === request.status && error.includes(request.reason);
  return right ? [] : [`${request.name}: ${response.status} ${error}, wanted ${request.status} ${request.reason}`];
}

async function giveUp(url: string, request: Sent, milliseconds: number): Promise<void> {
  const gone = new AbortController();
  const timer = setTimeout(() => gone.abort(), milliseconds);
  await fetch(requestOf(url, request, gone.signal))
    .then((response) => response.arrayBuffer())
    .catch(() => {});
  clearTimeout(timer);
}
