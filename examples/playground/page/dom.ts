/** Elements: found in the page, or made. */

type Tags = HTMLElementTagNameMap;
type Child = Node | string;

/** The element with an id. Throws where the page lacks it. */
export function find<K extends keyof Tags>(tag: K, id: string): Tags[K] {
  const found = document.getElementById(id);
  if (found?.localName !== tag) throw new Error(`playground: cannot find <${tag} id="${id}">: the page lacks it`);
  return found as Tags[K];
}

/** A new element with attributes and children. */
export function make<K extends keyof Tags>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): Tags[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A new element of SVG. */
export function makeSvg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** A list of terms and what they are. */
export function terms(rows: readonly (readonly [term: string, value: Child])[]): HTMLElement[] {
  return rows.map(([term, value]) => make("div", {}, make("dt", {}, term), make("dd", {}, value)));
}
