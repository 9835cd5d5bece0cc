/** What a page ships, as data: a program, what it may weigh, and what it must not contain. */

export interface Ceiling {
  readonly name: string;
  /** The program, as its author writes it. */
  readonly source: string;
  /** Kilobytes (1,000 bytes) after `gzip -9`, the plain kernels included. */
  readonly kilobytes: number;
  /** The build of the kernels that it loads; hebb.wasm when absent. */
  readonly kernels?: string;
  /** Modules that it is certain to import while it starts, though not at first. */
  readonly soon?: readonly string[];
  /** Strings that stay out of what loads at first; what is imported when asked for may hold them. */
  readonly without: readonly string[];
}

export const ceilings: readonly Ceiling[] = [
  {
    name: "inference: tensors and a network",
    source: `
      import { init, tensor, nn } from "hebb";
      const model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));
      await init();
      console.log(await model.forward(tensor([[1, 2, 3, 4]])).data());`,
    kilobytes: 79,
    without: ["createShaderModule", "@compute", "the worker ended"],
  },
  {
    name: "training: a convolutional network by fit",
    source: `
      import { fit, init, nn, optim, tensor } from "hebb";
      const model = new nn.Sequential(
        new nn.Conv2d(1, 6, 5, { padding: 2 }), new nn.ReLU(), new nn.MaxPool2d(2), new nn.Flatten(), new nn.Linear(1176, 10),
      );
      const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
      await init();
      globalThis.train = (train, validate) =>
        fit(model, { train, validate, loss: nn.crossEntropy, optimizer, epochs: 3, metrics: ["accuracy"] });
      globalThis.classify = (x) => model.forward(tensor(x)).data();`,
    soon: ["lower-conv2d"],
    kilobytes: 89,
    without: ["createShaderModule", "@compute", "the worker ended", "cli-progress", "node:fs"],
  },
  {
    name: "everything the entry exports",
    source: `import * as hebb from "hebb"; globalThis.hebb = hebb;`,
    kilobytes: 91,
    without: ["createShaderModule", "@compute", "the worker ended", "cli-progress", "node:fs"],
  },
  {
    name: "any ONNX model: the importer with the operators of nearly all",
    source: `
      import { load } from "hebb/onnx";
      globalThis.run = async (bytes, feeds) => (await load(bytes)).run(feeds);`,
    kilobytes: 150,
    kernels: "hebb-full.wasm",
    soon: ["lower-conv2d", "lower-full"],
    without: ["createShaderModule", "@compute", "the worker ended", "cli-progress", "node:fs"],
  },
];

/** What WebGPU adds when it is asked for. */
export const webgpuKilobytes = 40;

/** What worker mode adds when it is asked for: to the page, and the worker's own script, WebGPU inside. */
export const workerKilobytes = { page: 4, worker: 109 } as const;
