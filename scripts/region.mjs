// Parts of pages that are written by programs stand between two marks: <!-- name --> and <!-- /name -->.

/** `text` with what stands between the marks of a name replaced. */
export function withRegion(text, name, content) {
  const [open, close] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start)
    throw new Error(`region: cannot find the region ${name}: wanted ${open.trim()} … ${close}`);
  return `${text.slice(0, start + open.length)}${content}\n${text.slice(end)}`;
}
