/** What a contestant's process does on request, in a page and in Node alike: prepare a piece of work, measure it. */
import type { Contestant, Job } from "../contestants/contestant.ts";
import { digestOf, sample, warmUp } from "../measure.ts";
import type { Work } from "../work.ts";
import type { Answer, Request } from "./protocol.ts";

export class Host {
  readonly #contestant: Contestant;
  #job: Job | null = null;
  #batch = 1;

  constructor(contestant: Contestant) {
    this.#contestant = contestant;
  }

  async answer(request: Request): Promise<Answer> {
    switch (request.call) {
      case "prepare":
        return this.#prepare(request.work, request.warm);
      case "measure":
        if (this.#job === null) throw new Error("measure: cannot measure: no work was prepared");
        return { times: await sample(this.#job, this.#batch, request.budget) };
      case "release":
        await this.#release();
        return {};
      default:
        throw new Error(`bench: cannot answer ${request.call} here`);
    }
  }

  async #prepare(work: Work, warm: number): Promise<Answer> {
    await this.#release();
    const job = await this.#contestant.prepare(work);
    this.#job = job;
    const digest = digestOf(await job.result());
    await job.settle?.();
    this.#batch = await warmUp(job, warm);
    return { digest };
  }

  async #release(): Promise<void> {
    await this.#job?.release();
    this.#job = null;
  }
}

/** Milliseconds to the first result of the work: from importing the contestant's packages, and from when they were there. */
export async function startUp(start: () => Promise<Contestant>, work: Work): Promise<{ ms: number; loadMs: number }> {
  const from = performance.now();
  const contestant = await start();
  const imported = performance.now();
  const job = await contestant.prepare(work);
  await job.once();
  const end = performance.now();
  return { ms: end - from, loadMs: end - imported };
}
