/** The picture that a model is run on: a photo, the camera, or a digit; and how its pixels become numbers. */
import type { Tensor } from "hebb";
import type { ValueDescription } from "hebb/onnx";
import type { Picture } from "hebb/vision";
import { announce } from "../page/announce.ts";
import { find, make, terms } from "../page/dom.ts";
import { isStop } from "../page/failures.ts";
import { takeFiles } from "../page/files.ts";
import { plural, sizes } from "../page/words.ts";
import { readPhoto, watchCamera } from "./camera.ts";
import { likelyScale, type OpenSizes, openSizes, pictureInput, pictureTensor, type Scale, scales } from "./feeds.ts";
import { paintPicture } from "./outputs.ts";

export class PicturePart {
  readonly #digit: () => Promise<Picture>;
  readonly #run: (live: boolean) => Promise<void>;
  readonly #fail: (title: string, error: unknown) => void;
  #inputs: readonly ValueDescription[] = [];
  /** Sizes that the model leaves open, as they are chosen. */
  open: OpenSizes = {};
  #picture: Picture | null = null;
  #camera: AbortController | null = null;
  /** Names of classes, if there are any. */
  labels: readonly string[] = [];

  /** `run` is called with every new picture, and whether more are to come. */
  constructor(
    digit: () => Promise<Picture>,
    run: (live: boolean) => Promise<void>,
    fail: (title: string, error: unknown) => void,
  ) {
    this.#digit = digit;
    this.#run = run;
    this.#fail = fail;
    const scale = find("select", "scale");
    scale.append(...Object.entries(scales).map(([value, { name }]) => make("option", { value }, name)));
    scale.addEventListener("change", () => this.#run(false));
    find("button", "digit").addEventListener("click", () => this.#takeDigit());
    find("button", "camera").addEventListener("click", () => (this.#camera === null ? this.#watch() : this.stop()));
    takeFiles(find("div", "picture-part"), find("input", "labels-file"), ([file]) => file && this.#takeLabels(file));
  }

  /** Fits the controls to a model's inputs. */
  show(inputs: readonly ValueDescription[], outputs: readonly ValueDescription[]): void {
    this.#inputs = inputs;
    this.open = openSizes(inputs);
    this.#offerSizes();
    const input = pictureInput(inputs, this.open);
    this.#set(null);
    this.labels = [];
    this.#sayLabels();
    find("div", "picture-part").hidden = input === null;
    if (input !== null) find("select", "scale").value = likelyScale(input);
    const row = (what: string, { name, dtype, kind, shape }: ValueDescription): [string, string] => [
      what,
      `${name}: ${kind === "tensor" ? "" : `${kind} of `}${dtype ?? "any type"} ${sizes(shape)}`,
    ];
    find("dl", "inputs").replaceChildren(
      ...terms([...inputs.map((each) => row("reads", each)), ...outputs.map((each) => row("answers", each))]),
    );
  }

  /** The picture as tensor by the name of its input; null where there is none. */
  given(): Record<string, Tensor> | null {
    const input = pictureInput(this.#inputs, this.open);
    if (input === null || this.#picture === null) return null;
    const scale = find("select", "scale").value as Scale;
    return { [input.name]: pictureTensor(this.#picture, input, scale) };
  }

  /** Begins with digits, as LeNet-5 learnt them. */
  async useDigits(): Promise<void> {
    find("select", "scale").value = "mnist" satisfies Scale;
    this.labels = Array.from({ length: 10 }, (_, digit) => String(digit));
    this.#sayLabels();
    this.#set(await this.#digit());
  }

  async takePhoto(file: File): Promise<void> {
    this.stop();
    try {
      this.#set(await readPhoto(file));
    } catch (error) {
      this.#fail(`${file.name} cannot be read as a picture`, error);
      return;
    }
    await this.#run(false);
  }

  /** Ends the camera, if it is on. */
  stop(): void {
    this.#camera?.abort();
  }

  async #takeDigit(): Promise<void> {
    this.stop();
    this.#set(await this.#digit());
    await this.#run(false);
  }

  async #takeLabels(file: File): Promise<void> {
    if (file.type.startsWith("image/")) return this.takePhoto(file);
    const text = await file.text();
    try {
      const list: unknown = file.name.endsWith(".json") ? JSON.parse(text) : text.trim().split(/\r?\n/);
      this.labels = Object.values(list as Record<string, unknown>).map((label) => String(label).trim());
    } catch (error) {
      this.#fail(`${file.name} cannot be read as labels`, error);
      return;
    }
    this.#sayLabels();
    await this.#run(false);
  }

  async #watch(): Promise<void> {
    const button = find("button", "camera");
    this.#camera = new AbortController();
    button.setAttribute("aria-pressed", "true");
    button.textContent = "Stop camera";
    find("p", "no-picture").hidden = true;
    find("canvas", "picture").hidden = true;
    try {
      await watchCamera(async (picture) => {
        this.#picture = picture;
        await this.#run(true);
      }, this.#camera.signal);
      announce("Camera stopped");
    } catch (error) {
      if (!isStop(error)) this.#fail("The camera cannot be used", error);
    } finally {
      this.#camera = null;
      button.setAttribute("aria-pressed", "false");
      button.textContent = "Camera";
      this.#set(this.#picture);
    }
  }

  #set(picture: Picture | null): void {
    this.#picture = picture;
    const canvas = find("canvas", "picture");
    canvas.hidden = picture === null;
    find("p", "no-picture").hidden = picture !== null;
    if (picture !== null) paintPicture(canvas, picture);
  }

  /** A field for every size that the model leaves open. */
  #offerSizes(): void {
    const fields = Object.entries(this.open).map(([name, size]) => {
      const input = make("input", { type: "number", min: "1", max: "65536", value: String(size) });
      input.addEventListener("change", () => {
        if (!input.reportValidity()) return;
        this.open = { ...this.open, [name]: input.valueAsNumber };
        void this.#run(false);
      });
      return make("label", {}, make("span", {}, name), input);
    });
    find("div", "sizes").replaceChildren(...fields);
  }

  #sayLabels(): void {
    const { length } = this.labels;
    find("p", "labels-note").textContent =
      length === 0 ? "Classes have no names." : `${plural(length, "class", "classes")} with names.`;
  }
}
