// The licences of the packages whose code a build took in.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Folders of the packages that code of builds with `metafile` came from. */
function packagesOf(metafiles) {
  const inputs = metafiles
    .flatMap(({ outputs }) => Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs)))
    .flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
  return [...new Set(inputs.flatMap((path) => path.match(/(?<=^|\/)node_modules\/(?:@[^/]+\/)?[^/]+/) ?? []))].sort();
}

/** Their names, versions and licences as one text. */
export function licenses(root, metafiles) {
  return packagesOf(metafiles)
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry));
      const text = file === undefined ? "" : `\n${readFileSync(join(root, folder, file), "utf8").trim()}\n`;
      return `${name} ${version}: ${license}\n${text}`;
    })
    .join("\n\n");
}
