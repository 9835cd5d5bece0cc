/** The playground: two parts on one device. */

import { InspectView } from "./inspect/view.ts";
import { startDevice } from "./page/device.ts";
import { find } from "./page/dom.ts";
import { showFailure } from "./page/failures.ts";
import { Lane } from "./page/pause.ts";
import { startTabs } from "./page/tabs.ts";
import { startTheme } from "./page/theme.ts";
import { TrainView } from "./train/view.ts";

startTheme();
const lane = new Lane();
startDevice(lane, find("main", "main"), () => {
  train.refresh();
  void inspect.reload();
});
const train = new TrainView(lane);
const inspect = new InspectView(lane, train);
startTabs(() => {
  train.refresh();
  inspect.shown();
});
// A file that misses its place should not take the page away.
for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());
try {
  await train.ready();
} catch (error) {
  showFailure(find("main", "main"), "The digits could not be drawn", error);
}
document.documentElement.dataset["ready"] = "true";
