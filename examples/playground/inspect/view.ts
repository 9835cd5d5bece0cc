/** The part of the page where a model is looked into: opened, drawn, run and measured. */
import { type Inspection, inspect, load, type NodeFate, type Result, save } from "hebb/onnx";
import { SIZE } from "../../digits/input.ts";
import { announce } from "../page/announce.ts";
import { find, terms } from "../page/dom.ts";
import { clearFailure, isStop, showFailure } from "../page/failures.ts";
import { takeFiles } from "../page/files.ts";
import type { Lane } from "../page/pause.ts";
import { amount, milliseconds, plural, whole } from "../page/words.ts";
import type { TrainView } from "../train/view.ts";
import { Answers } from "./answers.ts";
import { feedsFor, openSizes, sizesOf } from "./feeds.ts";
import { GraphView } from "./graph.ts";
import { showLegend, showNode } from "./legend.ts";
import { type Graph, graphOf, isMissing, kindsOf, type Opened } from "./model.ts";
import { PicturePart } from "./picture.ts";
import { clearProfile, showProfile } from "./profile.ts";
import { Work } from "./work.ts";

export class InspectView {
  readonly #lane: Lane;
  readonly #train: TrainView;
  readonly #part = find("section", "inspect");
  readonly #work = new Work();
  readonly #drawing = new GraphView(find("div", "graph"), (box) => this.#showNode(box));
  readonly #picture: PicturePart;
  readonly #answers = new Answers();
  #opened: Opened | null = null;
  #graph: Graph | null = null;
  #fates: readonly NodeFate[] = [];

  constructor(lane: Lane, train: TrainView) {
    this.#lane = lane;
    this.#train = train;
    this.#picture = new PicturePart(
      async () => ({ width: SIZE, height: SIZE, channels: 1, data: await train.example() }),
      (live) => this.run(live),
      (title, error) => showFailure(this.#part, title, error),
    );
    takeFiles(this.#part, find("input", "model-file"), (files) => this.#openFiles(files));
    takeFiles(find("div", "model"), find("input", "picture-file"), ([file]) => {
      if (file === undefined) return;
      if (file.type.startsWith("image/")) void this.#picture.takePhoto(file);
      else void this.#openFiles([file]);
    });
    find("button", "sample").addEventListener("click", () => this.#openSample());
    find("button", "run").addEventListener("click", () => this.run(false));
    find("button", "measure").addEventListener("click", () => this.#measure());
    find("button", "zoom-in").addEventListener("click", () => this.#drawing.zoomIn());
    find("button", "zoom-out").addEventListener("click", () => this.#drawing.zoomOut());
    find("button", "zoom-fit").addEventListener("click", () => this.#drawing.fit());
  }

  /** The part has come to be seen. */
  shown(): void {
    if (this.#part.hidden) this.#picture.stop();
    else if (this.#opened !== null) this.#drawing.fit();
  }

  /** Runs again, since the device is another. */
  async reload(): Promise<void> {
    if (this.#opened?.session) await this.run(false);
  }

  async #openFiles(files: readonly File[]): Promise<void> {
    const file = files.find(({ name }) => name.endsWith(".onnx")) ?? files[0];
    if (file === undefined) return;
    const others = Object.fromEntries(files.filter((each) => each !== file).map((each) => [each.name, each]));
    await this.#open(file.name, async () => new Uint8Array(await file.arrayBuffer()), others);
  }

  /** What was trained in the other part, through an ONNX file and back. */
  async #openSample(): Promise<void> {
    const options = { inputs: { digit: [null, 1, SIZE, SIZE] }, outputs: ["scores"] } as const;
    const made = (): Promise<Uint8Array> => this.#lane.run(() => save(this.#train.trainer.model, options));
    if (await this.#open("lenet5.onnx", made, {})) {
      await this.#picture.useDigits();
      await this.run(false);
    }
  }

  /** Opens a model and runs it once; whether that went well. */
  async #open(name: string, read: () => Promise<Uint8Array>, externalData: Record<string, Blob>): Promise<boolean> {
    clearFailure(this.#part);
    this.#picture.stop();
    try {
      await this.#work.during(`Reading ${name}`, async (signal, note) => {
        const bytes = await read();
        const inspection = await inspected(bytes);
        note("Drawing the graph");
        await this.#show({ name, bytes, inspection, session: null }, signal);
        const missing = inspection.unsupported;
        if (missing.length > 0) {
          const what = plural(missing.length, "operator", "operators");
          showFailure(this.#part, `${name} cannot be run`, `The library lacks ${what}:`, missing);
          find("p", "run-note").textContent = "Operators are missing.";
          return;
        }
        note("Loading the weights");
        const session = await this.#lane.run(() => load(bytes, { signal, externalData }));
        this.#opened = { name, bytes, inspection, session };
        for (const id of ["run", "measure"]) find("button", id).disabled = false;
        note("Compiling, and running once");
        await this.#answer(false, signal).catch((error) =>
          this.#refuse("Made-up values of these sizes do not fit", error),
        );
      });
      announce(`${name} opened, ${plural(this.#opened?.inspection.nodes.length ?? 0, "node", "nodes")}`);
      return this.#opened?.session !== null;
    } catch (error) {
      this.#refuse(`${name} cannot be opened`, error);
      return false;
    }
  }

  /** Shows an error, unless it is that somebody stopped. */
  #refuse(title: string, error: unknown): void {
    if (!isStop(error)) showFailure(this.#part, title, error);
  }

  async #show(opened: Opened, signal: AbortSignal): Promise<void> {
    const { name, bytes, inspection } = opened;
    this.#opened = opened;
    this.#fates = [];
    this.#graph = graphOf(inspection);
    find("div", "model").hidden = false;
    const { producer, opsets, nodes, parameters, flops } = inspection;
    find("dl", "model-facts").replaceChildren(
      ...terms([
        ["Model", name],
        ["Size", amount(bytes.length, "B")],
        ["Made by", producer || "–"],
        [
          "Opset",
          Object.entries(opsets)
            .map(([domain, version]) => (domain === "ai.onnx" ? version : `${domain} ${version}`))
            .join(", "),
        ],
        ["Nodes", whole(nodes.length)],
        ["Weights", amount(parameters)],
        ["Work", flops === null ? "–" : amount(flops, "FLOP")],
      ]),
    );
    this.#answers.clear();
    clearProfile();
    for (const id of ["run", "measure"]) find("button", id).disabled = true;
    this.#picture.show(inspection.inputs, inspection.outputs);
    find("div", "node").replaceChildren();
    await this.#drawing.show(this.#graph, signal);
    await this.#paint();
  }

  /** Colours the graph by what became of its nodes. */
  async #paint(): Promise<void> {
    if (this.#opened === null || this.#graph === null) return;
    const { inspection } = this.#opened;
    const { firstNode, boxes } = this.#graph;
    const kinds = kindsOf(inspection, this.#fates);
    showLegend(kinds);
    await this.#drawing.paint(
      boxes.map((_, i) => kinds[i - firstNode] ?? "value"),
      boxes.map((_, i) => this.#fates[i - firstNode]?.fate ?? ""),
    );
  }

  /** Runs on the picture, or on made-up values. `live` pictures follow one another. */
  async run(live: boolean): Promise<void> {
    if (!live) clearFailure(this.#part);
    try {
      if (live) await this.#answer(true);
      else await this.#work.during("Running", (signal) => this.#answer(false, signal));
    } catch (error) {
      this.#picture.stop();
      this.#refuse("The model could not be run", error);
    }
  }

  async #answer(live: boolean, signal?: AbortSignal): Promise<void> {
    const session = this.#opened?.session;
    if (!session) return;
    const feeds = feedsFor(session, this.#picture.given() ?? {}, this.#picture.open);
    const { results, ms } = await this.#lane.run(async () => {
      const start = performance.now();
      const results: Record<string, Result> = await session.run(feeds, signal === undefined ? {} : { signal });
      return { results, ms: performance.now() - start };
    });
    const first = this.#fates.length === 0;
    find("p", "run-note").textContent = `${milliseconds(ms)}${first ? ", compilation included" : ""}`;
    await this.#answers.show(results, this.#picture.labels);
    if (live) return;
    this.#fates = session.fates();
    await this.#paint();
  }

  async #measure(): Promise<void> {
    const session = this.#opened?.session;
    if (!session) return;
    clearFailure(this.#part);
    this.#picture.stop();
    try {
      const feeds = feedsFor(session, this.#picture.given() ?? {}, this.#picture.open);
      const profile = await this.#work.during("Measuring ten runs", () => this.#lane.run(() => session.profile(feeds)));
      showProfile(
        profile,
        (kernel) => this.#nodesOf(kernel).map(({ name }) => name),
        (kernel) => this.#point(kernel),
      );
      announce(find("p", "profile-note").textContent ?? "");
    } catch (error) {
      this.#refuse("The model cannot be measured", error);
    }
  }

  #nodesOf(kernel: number): readonly NodeFate[] {
    return this.#fates.filter(({ kernels }) => kernels.includes(kernel));
  }

  /** Marks the nodes that a kernel computes. */
  #point(kernel: number | null): void {
    const first = this.#graph?.firstNode ?? 0;
    const nodes = kernel === null ? [] : this.#nodesOf(kernel);
    this.#drawing.highlight(new Set(nodes.map((node) => first + this.#fates.indexOf(node))));
  }

  #showNode(box: number): void {
    if (this.#graph === null || this.#opened === null) return;
    const { boxes, firstNode } = this.#graph;
    const chosen = boxes[box];
    if (chosen === undefined) return;
    const fate = this.#fates[box - firstNode];
    const missing = chosen.node !== null && isMissing(chosen.node, this.#opened.inspection);
    showNode(chosen, missing ? "not supported" : (fate?.fate ?? null));
    const kernels = new Set(fate?.kernels ?? []);
    const together = this.#fates.flatMap((each, i) =>
      each.kernels.some((kernel) => kernels.has(kernel)) ? [firstNode + i] : [],
    );
    this.#drawing.highlight(new Set(together.length > 1 ? together : []));
  }
}

/** What a model is made of, for the sizes that it will be run with. */
async function inspected(bytes: Uint8Array): Promise<Inspection> {
  const found = await inspect(bytes);
  const open = openSizes(found.inputs);
  if (found.unsupported.length > 0 || Object.values(open).every((size) => size === 1)) return found;
  return inspect(bytes, {
    shapes: Object.fromEntries(found.inputs.map((input) => [input.name, sizesOf(input, open)])),
  });
}
