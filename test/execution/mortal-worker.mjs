// The worker, which ends when it is told to.
import "../../dist/node/worker.js";

new BroadcastChannel("mortal").onmessage = () => process.exit(3);
