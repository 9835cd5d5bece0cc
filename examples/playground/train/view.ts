/** The part of the page where LeNet-5 learns: its controls, and who follows the trainer. */
import { announce, announceProgress } from "../page/announce.ts";
import { find, terms } from "../page/dom.ts";
import { clearFailure, isStop, showFailure } from "../page/failures.ts";
import { offer, takeFiles } from "../page/files.ts";
import type { Lane } from "../page/pause.ts";
import { follow } from "../page/repeat.ts";
import { onThemeChange } from "../page/theme.ts";
import { milliseconds, percent, whole } from "../page/words.ts";
import { Bars } from "./bars.ts";
import { DigitChoice } from "./choice.ts";
import { Confusion } from "./confusion.ts";
import { Curves } from "./curves.ts";
import { type DigitSets, drawSets, readSets } from "./digits.ts";
import { Features } from "./features.ts";
import { Pad } from "./pad.ts";
import { Speed } from "./speed.ts";
import type { Assessment } from "./tally.ts";
import { type Settings, type Step, Trainer } from "./trainer.ts";

export class TrainView {
  readonly trainer: Trainer;
  readonly #part = find("section", "train");
  readonly #curves = new Curves();
  readonly #confusion = new Confusion();
  readonly #features = new Features();
  readonly #bars = new Bars();
  readonly #speed = new Speed();
  readonly #pad: Pad;
  readonly #choice: DigitChoice;
  #sets: Promise<DigitSets>;
  /** Stops the run that goes on; null while none does. */
  #run: { readonly abort: AbortController; readonly ended: Promise<void> } | null = null;
  #last: Step | null = null;
  #tested: Assessment | null = null;
  readonly #drawFigures = follow(() => this.#figures());
  readonly #drawReading = follow(() => this.#read());
  readonly #drawInsight = follow(() => this.#look());

  constructor(lane: Lane) {
    this.trainer = new Trainer(lane, readSettings(), {
      onStep: (step) => this.#stepped(step),
      onTest: (step, assessment) => this.#assessed(step, assessment),
    });
    this.#pad = new Pad(find("div", "pad"), () => {
      if (!this.#pad.empty) this.#choice.chooseDrawing();
      this.#drawReading();
      this.#drawInsight();
    });
    this.#choice = new DigitChoice(() => this.#drawInsight());
    this.#sets = this.#draw();
    this.#listen();
    this.#figures();
    onThemeChange(() => this.#drawInsight());
  }

  /** Draws everything again that reads the weights: they, or the device, are others. */
  refresh(): void {
    this.#speed.clear();
    this.#drawReading();
    this.#drawInsight();
  }

  /** A digit to try things with: the drawing, or a test digit. */
  async example(): Promise<Uint8Array> {
    await this.#sets;
    return this.#chosen() ?? this.#pad.pixels();
  }

  #listen(): void {
    find("button", "start").addEventListener("click", () => (this.#run === null ? this.#start() : this.#stop()));
    find("button", "reset").addEventListener("click", () => this.#reset());
    find("button", "clear").addEventListener("click", () => this.#pad.clear());
    for (const name of ["optimizer", "batch"] as const) {
      find("select", name).addEventListener("change", () => this.trainer.set(readSettings()));
    }
    find("input", "lr").addEventListener("input", () => this.trainer.set(readSettings()));
    takeFiles(find("div", "data"), find("input", "idx-files"), (files) => this.#use(readSets(files)));
    find("button", "use-drawn").addEventListener("click", () => this.#use(this.#draw()));
    find("button", "save-weights").addEventListener("click", async () => {
      offer("lenet5.safetensors", await this.trainer.save());
      announce("Weights saved as lenet5.safetensors");
    });
    takeFiles(find("div", "weights"), find("input", "weights-file"), ([file]) => file && this.#load(file));
  }

  async #start(): Promise<void> {
    const abort = new AbortController();
    clearFailure(this.#part);
    const ended = this.#train(abort.signal);
    this.#run = { abort, ended };
    this.#showRunning();
    announce("Training started");
    await ended;
  }

  async #train(signal: AbortSignal): Promise<void> {
    try {
      const sets = await this.#sets;
      signal.throwIfAborted();
      await this.trainer.run(sets, signal);
    } catch (error) {
      if (!isStop(error)) showFailure(this.#part, "Training has stopped", error);
    } finally {
      this.#run = null;
      this.#speed.clear();
      this.#showRunning();
      this.#drawFigures();
      this.refresh();
    }
  }

  async #stop(): Promise<void> {
    this.#run?.abort.abort();
    await this.#run?.ended;
    announce(`Training stopped. ${this.#summary()}`);
  }

  async #reset(): Promise<void> {
    await this.#stop();
    this.trainer.reset();
    this.#forget();
    announce("Started anew with untrained weights");
  }

  #forget(): void {
    this.#curves.clear();
    this.#last = null;
    this.#tested = null;
    this.#confusion.draw(null);
    this.#figures();
    this.refresh();
  }

  #draw(): Promise<DigitSets> {
    const progress = find("progress", "data-progress");
    progress.hidden = false;
    return drawSets(1, (share) => {
      progress.value = share;
    }).finally(() => {
      progress.hidden = true;
    });
  }

  /** Takes other digits; what was learnt stays. A set that cannot be read leaves the one before. */
  async #use(next: Promise<DigitSets>): Promise<void> {
    clearFailure(this.#part);
    const running = this.#run !== null;
    try {
      const sets = await next;
      await this.#stop();
      this.#sets = next;
      this.#show(sets);
      announce(`Trains on ${sets.name} now`);
      if (running) void this.#start();
    } catch (error) {
      showFailure(this.#part, "These files cannot be used", error);
    }
  }

  #show({ name, train, test }: DigitSets): void {
    find("p", "data-name").textContent =
      `${whole(train.labels.length)} ${name}, and ${whole(test.labels.length)} to test with`;
    find("button", "use-drawn").hidden = name === "digits drawn here";
    this.#choice.offer(test);
  }

  /** Offers the first digits as soon as they are there. */
  async ready(): Promise<void> {
    this.#show(await this.#sets);
  }

  async #load(file: File): Promise<void> {
    clearFailure(this.#part);
    try {
      await this.trainer.load(new Uint8Array(await file.arrayBuffer()));
      announce(`Weights of ${file.name} loaded`);
      this.refresh();
      await this.trainer.test((await this.#sets).test);
    } catch (error) {
      showFailure(this.#part, `${file.name} cannot be loaded`, error);
    }
  }

  #stepped(step: Step): void {
    this.#last = step;
    this.#curves.add(step);
    this.#speed.add(step.ms, readSettings().batch);
    this.#drawFigures();
    this.#drawReading();
    this.#drawInsight();
    announceProgress(() => this.#summary());
  }

  #assessed(step: number, assessment: Assessment): void {
    this.#tested = assessment;
    this.#curves.addTest(step, assessment.loss, assessment.accuracy);
    this.#confusion.draw(assessment);
    this.#drawFigures();
  }

  #summary(): string {
    const tested = this.#tested === null ? "" : `, ${percent(this.#tested.accuracy)} of the test digits right`;
    return this.#last === null ? "No steps yet" : `${this.#last.step} steps${tested}`;
  }

  #figures(): void {
    const { imagesPerSecond, msPerStep } = this.#speed;
    const unknown = "–";
    find("dl", "figures").replaceChildren(
      ...terms([
        ["Steps", whole(this.#last?.step ?? 0)],
        ["Epochs", (this.#last?.epochs ?? 0).toFixed(1)],
        ["Test accuracy", this.#tested === null ? unknown : percent(this.#tested.accuracy)],
        ["Images a second", imagesPerSecond === null ? unknown : whole(imagesPerSecond)],
        ["A step", msPerStep === null ? unknown : milliseconds(msPerStep)],
      ]),
    );
    this.#curves.draw();
  }

  #chosen(): Uint8Array | null {
    if (this.#choice.drawn && !this.#pad.empty) return this.#pad.pixels();
    return this.#choice.pixels;
  }

  async #read(): Promise<void> {
    if (this.#pad.empty) return this.#bars.draw(null);
    try {
      this.#bars.draw(await this.trainer.read(this.#pad.pixels()));
    } catch (error) {
      showFailure(this.#part, "The drawing cannot be read", error);
    }
  }

  async #look(): Promise<void> {
    const pixels = this.#chosen();
    if (pixels === null || this.#part.hidden) return;
    try {
      this.#features.draw(pixels, await this.trainer.look(pixels));
    } catch (error) {
      showFailure(this.#part, "The layers cannot be shown", error);
    }
  }

  #showRunning(): void {
    const running = this.#run !== null;
    find("button", "start").textContent = running ? "Stop" : this.trainer.step > 0 ? "Go on" : "Start training";
    this.#part.classList.toggle("running", running);
  }
}

/** The settings as the form has them. */
function readSettings(): Settings {
  const lr = Number((10 ** Number(find("input", "lr").value)).toPrecision(2));
  find("output", "lr-value").textContent = String(lr);
  find("input", "lr").setAttribute("aria-valuetext", String(lr));
  return {
    optimizer: find("select", "optimizer").value as Settings["optimizer"],
    lr,
    batch: Number(find("select", "batch").value),
  };
}
