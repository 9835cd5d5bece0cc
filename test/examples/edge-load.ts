/** Many requests at once, sound ones among broken ones and some that are given up; and what the server holds meanwhile. */
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

/** Sends `count` requests: of ten, six sound, three broken, one given up soon after it was sent. */
export async function sendLoad(url: string, pid: number, count: number): Promise<Load> {
  const [sound, broken] = await Promise.all([soundRequests(), brokenRequests()]);
  const counts = { sound: 0, broken: 0, givenUp: 0 };
  const wrong: string[] = [];
  let warm: number | null = null;
  let sent = 0;
  const one = async (i: number): Promise<void> => {
    const kind = i % 10;
    if (kind === 9) {
      await giveUp(url, sound[i % sound.length] as Sent, i % 7);
      counts.givenUp++;
    } else if (kind % 3 === 2) {
      wrong.push(...(await faultsOf(url, broken[i % broken.length] as Broken)));
      counts.broken++;
    } else {
      wrong.push(...(await errorsOf(url, sound[i % sound.length] as Sent & { label: string })));
      counts.sound++;
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
