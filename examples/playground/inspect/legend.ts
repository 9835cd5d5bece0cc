/** Words beside the drawing: what the colours mean, and what is known of the chosen node. */
import { find, make, terms } from "../page/dom.ts";
import { sizes } from "../page/words.ts";
import { type Box, type Kind, kinds } from "./model.ts";

/** Lists the kinds that occur, with how many nodes are of each. */
export function showLegend(found: readonly Kind[]): void {
  const rows = (Object.keys(kinds) as Kind[]).flatMap((kind) => {
    const count = found.filter((each) => each === kind).length;
    if (count === 0) return [];
    return [make("li", {}, make("i", { class: `swatch ${kind}` }), `${kinds[kind]} (${count})`)];
  });
  find("ul", "legend").replaceChildren(...rows);
}

/** Shows a node with its attributes and its fate. */
export function showNode({ title, shape, node }: Box, fate: string | null): void {
  const place = find("div", "node");
  if (node === null) {
    place.replaceChildren(
      make("h3", {}, title),
      make("p", { class: "note" }, `An input or output, ${sizes(shape ?? undefined)}`),
    );
    return;
  }
  const rows: [string, string][] = [
    ...(node.name === "" ? [] : [["name", node.name] as [string, string]]),
    ...(fate === null ? [] : [["became", fate] as [string, string]]),
    ...Object.entries(node.attributes),
    ["reads", node.inputs.join(", ") || "nothing"],
    ["computes", `${node.outputs.join(", ")}${shape === null ? "" : `  (${sizes(shape)})`}`],
  ];
  place.replaceChildren(make("h3", {}, node.operator), make("dl", { class: "terms" }, ...terms(rows)));
}
