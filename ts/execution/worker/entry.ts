/** What a worker runs: the entry `hebb/worker`. */
import { workerPort } from "#platform";
import { Host } from "./host.ts";
import { answer } from "./line.ts";

const host = new Host();
answer(
  await workerPort(),
  {
    start: (options) => host.start(options),
    build: (request) => host.build(request),
    run: (request) => host.run(request),
    read: (request) => host.read(request),
    release: (request) => host.release(request),
  },
  () => host.lost,
);
