/** Shaders: the texts of shaders/ with their sections replaced and the functions that they call put in front. */
import mathText from "../../../shaders/math.wgsl";
import smallFloatText from "../../../shaders/small-float.wgsl";
import trigonometryText from "../../../shaders/trigonometry.wgsl";

/** New texts for the sections of a shader, by name. */
export type Sections = Readonly<Record<string, string>>;

interface Library {
  readonly text: string;
  readonly functions: readonly string[];
}

const libraries: readonly Library[] = [mathText, trigonometryText, smallFloatText].map((text) => ({
  text,
  functions: Array.from(text.matchAll(/^fn (\w+)/gm), (match) => match[1] as string),
}));

/** A section: from the line `//! name` to the line `//! end`. */
const section = /^\/\/! (\w+)\n[\s\S]*?^\/\/! end\n/gm;

/** What stands in a section, to be put into another text's. */
export function sectionOf(text: string, name: string): string {
  for (const [whole, found] of text.matchAll(section)) {
    if (found === name) return whole.slice(whole.indexOf("\n") + 1, whole.lastIndexOf("//! end") - 1);
  }
  throw new Error(`shader: cannot take section ${name}: the text has none`);
}

/** The text with each section replaced by the given one or, where none is given, as it stands. */
export function replaceSections(text: string, sections: Sections): string {
  const missing = new Set(Object.keys(sections));
  const own = text.replace(section, (as, name: string) => {
    missing.delete(name);
    return sections[name] === undefined ? as : `${sections[name]}\n`;
  });
  if (missing.size > 0)
    throw new Error(`shader: cannot replace ${[...missing].join(", ")}: the text has no such section`);
  return own;
}

/** A whole shader: the text with its sections, behind what it calls. */
export function specialize(text: string, sections: Sections): string {
  const own = replaceSections(text, sections);
  const called = new Set(Array.from(own.matchAll(/\b(\w+)\(/g), (match) => match[1] as string));
  const needed = libraries.filter(({ functions }) => functions.some((name) => called.has(name)));
  const enabled = called.has("subgroupShuffleXor") ? ["enable subgroups;"] : [];
  return [...enabled, ...needed.map((library) => library.text), own].join("\n");
}
