/** How values are written into unit files: systemd.syntax(7), systemd.unit(5) for `%`, systemd.service(5) for `$`. */

/** A path in a list of paths. */
export function unitPath(path: string): string {
  return quote(path.replaceAll("%", "%%"));
}

/** A path in a list, passed over where it is missing: one pair's directory must not stop the others. */
export function optionalUnitPath(path: string): string {
  return quote(`-${path.replaceAll("%", "%%")}`);
}

/** A word of a command line. */
export function unitArgument(word: string): string {
  return quote(word.replaceAll("%", "%%").replaceAll("$", "$$$$"));
}

/** Quoted where it must be. Control characters never come here: no configuration may hold them in a path. */
function quote(text: string): string {
  if (/^[A-Za-z0-9@%+=:,./_$-]+$/.test(text)) return text;
  return `"${text.replaceAll(/[\\"]/g, "\\$&")}"`;
}
