/** Every kind of file that the package may hold, so that a new kind is a decision; and what they may weigh together. */
import { commands, entries, folders, namespaces, workers } from "../scripts/entries.mjs";

const any = (...tables: object[]): string => tables.flatMap((table) => Object.keys(table)).join("|");
const within = (wanted = folders): string => `(${wanted.map(({ folder }) => folder).join("|")})/`;
const folder = within();

export const kinds: Readonly<Record<string, RegExp>> = {
  "what npm reads and shows": /^(CHANGELOG\.md|LICENSE|README\.md|package\.json)$/,
  "licences of code that was taken in": /^dist\/licenses\.txt$/,
  kernels: /^dist\/hebb(-full)?(-shared)?(-relaxed)?\.wasm$/,
  "kernels between threads": /^dist\/hebb-team\.wasm$/,
  "public entries": new RegExp(`^${folder}(${any(entries)})\\.js$`),
  namespaces: new RegExp(`^${within(folders.filter(({ divided }) => divided))}(${any(namespaces)})\\.js$`),
  "what every program loads": new RegExp(`^${folder}hebb\\.js$`),
  "what every model loads": new RegExp(`^${folder}models\\.js$`),
  "what is loaded when it is needed": new RegExp(`^${folder}[a-z\\d]+(-[a-z\\d]+)*-[A-Z\\d]{8}\\.js$`),
  "the worker's script": new RegExp(`^dist/((bun|deno|node)/)?(${any(workers)})\\.js$`),
  "where the files of pages lie": /^dist\/places\.js$/,
  "a thread's script": /^dist\/(node\/)?thread\.js$/,
  "everything in one file": /^dist\/((node\/)?inline|inline\.global)\.js$/,
  commands: new RegExp(`^dist/node/(${any(commands)})\\.js$`),
  types: /^dist\/types\/(assembly|ts)(\/[\w-]+)+\.d\.ts$/,
};

/** Megabytes (1,000,000 bytes). */
export const megabytes = { archive: 3, unpacked: 9.5 } as const;
