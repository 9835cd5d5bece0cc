/** What a worker runs: the entry `hebb/worker`. A promise is not awaited here, since webpack minifies the file as a script. */
import { workerPort } from "#platform";
import { Host } from "./host.ts";
import { answer } from "./line.ts";

const host = new Host();
void workerPort().then((port) =>
  answer(
    port,
    {
      start: (options) => host.start(options),
      build: (request) => host.build(request),
      run: (request) => host.run(request),
      read: (request) => host.read(request),
      release: (request) => host.release(request),
    },
    () => host.lost,
  ),
);
