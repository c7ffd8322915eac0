/** The rules of the rooms: what is wrong with the layout of `lib/`, and what to do about it. */

/** A source file: its path from the repository's root, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** The most files in one folder of `lib/`: a reader has to see them at a glance. */
export const filesInFolder = 12;

/** The most columns of a line. `deno fmt` wraps code at 100, and leaves comments and strings alone. */
export const columns = 110;

/** What each room of `lib/` may import, besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  system: [],
  transaction: ["system"],
  x509: ["system"],
  toml: ["system"],
  protocol: ["x509", "system"],
  ca: ["transaction", "protocol", "x509", "toml", "system"],
  device: ["transaction", "protocol", "x509", "toml", "system"],
  server: ["ca", "transaction", "protocol", "x509", "system"],
  cli: ["server", "device", "ca", "transaction", "protocol", "x509", "toml", "system"],
};

/** The one file of the device that knows the CA: the issuer that signs with a local CA directory. */
const meetingPlace = "lib/device/issuer/local.ts";

/** Checks every rule. @returns one line for each problem, with what to do. */
export function problemsOf(sources: readonly Source[]): string[] {
  const lib = sources.filter(({ path }) => path.startsWith("lib/"));
  return [
    ...fullFolders(lib),
    ...lib.flatMap(problemsOfFile),
    ...folderCycles(lib),
    ...sources.flatMap(longLines),
    ...sources.flatMap(unseededProperties),
  ];
}

function unseededProperties({ path, text }: Source): string[] {
  if (!/^import .* from "fast-check";$/m.test(text) || path === "tests/support/properties.ts") {
    return [];
  }
  return [
    `${path}: fast-check draws different inputs in every run. Import it from tests/support/properties.ts.`,
  ];
}

function fullFolders(sources: readonly Source[]): string[] {
  const counts = Map.groupBy(sources, ({ path }) => directoryOf(path));
  return [...counts].filter(([, files]) => files.length > filesInFolder).map(([folder, files]) =>
    `${folder}: ${files.length} files, at most ${filesInFolder} are allowed. ` +
    "Move files that belong together into a folder of their own, with a mod.ts."
  );
}

function problemsOfFile(source: Source): string[] {
  return [...headerProblems(source), ...doorProblems(source), ...importProblems(source)];
}

function headerProblems({ path, text }: Source): string[] {
  const begins = text.replace(/^(?:\/\/ deno-lint-ignore-file.*\n)+/, "").startsWith("/**");
  return begins ? [] : [
    `${path}:1: no header. Begin the file with one plain line, /** ... */, that says what it is.`,
  ];
}

/** Code without its comments: a name in a comment is not a use. */
const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");

function doorProblems({ path, text }: Source): string[] {
  if (roomOf(path) === "system") return [];
  const found = /\bDeno\.|\bglobalThis\.process\b|\bDate\.now\(|\bnew Date\(\)|\bfetch\(/.exec(
    withoutComments(text),
  );
  return found === null ? [] : [
    `${path}: ${found[0]} reaches the outside. Add a door to lib/system, and take it from there.`,
  ];
}

/** An import or a re-export. */
interface Import {
  readonly specifier: string;
  /** The file that it names, from the repository's root; `undefined` for a package. */
  readonly target: string | undefined;
  /**
   * `import()`, which names a file that the bundle loads late, or `import type * as`, by which the compiler
   * checks that every error of a room has its message: see docs/explanation/architecture.md.
   */
  readonly isFree: boolean;
}

function importsOf({ path, text }: Source): Import[] {
  const code = withoutComments(text);
  const found = code.matchAll(
    /\b(?:(?<all>type \* as \w+ from)|from|import)\s*(?<lazy>\()?\s*"(?<specifier>[^"]+)"/g,
  );
  return Array.from(found, ({ groups }) => {
    const specifier = groups?.["specifier"] ?? "";
    const target = /^\.\.?\//.test(specifier)
      ? new URL(specifier, `file:///${path}`).pathname.slice(1)
      : undefined;
    const isFree = groups?.["lazy"] !== undefined || groups?.["all"] !== undefined;
    return { specifier, target, isFree };
  });
}

function importProblems(source: Source): string[] {
  return importsOf(source).flatMap((imported) => [
    ...packageProblems(source, imported),
    ...wayProblems(source, imported),
    ...faceProblems(source, imported),
  ]);
}

function packageProblems({ path }: Source, { specifier }: Import): string[] {
  if (!specifier.startsWith("node:") || roomOf(path) === "system") return [];
  return [
    `${path}: ${specifier} reaches the outside. Add a door to lib/system, and take it from there.`,
  ];
}

function wayProblems({ path }: Source, { target = "" }: Import): string[] {
  const [room, other] = [roomOf(path), roomOf(target)];
  if (other === undefined || room === undefined || room === other) return [];
  if (mayImport[room]?.includes(other)) return [];
  if (path === meetingPlace && other === "ca") return [];
  return [
    `${path}: ${room} must not import ${other}. ` +
    "Move what both need into a room below, or hand it in as an argument.",
  ];
}

/**
 * Other folders import from a folder's face. Exempt are the files of a file's own folder and those above it,
 * lazy imports, and the errors that messages are checked against.
 */
function faceProblems({ path }: Source, { target, isFree }: Import): string[] {
  if (target === undefined || isFree || !target.startsWith("lib/")) return [];
  const folder = directoryOf(target);
  if (target.endsWith("/mod.ts") || `${directoryOf(path)}/`.startsWith(`${folder}/`)) return [];
  return [
    `${path}: imports ${target} past its folder's face. Import from ${folder}/mod.ts, and export it there.`,
  ];
}

/** Sibling folders that import each other, directly or through others. */
function folderCycles(sources: readonly Source[]): string[] {
  const arrows = new Map<string, Set<string>>();
  for (const source of sources) {
    const from = directoryOf(source.path);
    for (const { target, isFree } of importsOf(source)) {
      if (target === undefined || isFree) continue;
      const to = directoryOf(target);
      const isWithin = `${from}/`.startsWith(`${to}/`) || `${to}/`.startsWith(`${from}/`);
      if (!isWithin) arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
    }
  }
  return [...arrows.keys()].flatMap((start) => {
    const way = wayBack(start, arrows);
    // Report each cycle once: from the first of its folders.
    return way === undefined || way.some((folder) => folder < start) ? [] : [
      `${[start, ...way, start].join(" -> ")}: folders import each other. ` +
      "Move what both need into one of them, or into the folder above.",
    ];
  });
}

/** The shortest path from a folder back to itself, without its two ends. */
function wayBack(
  start: string,
  arrows: ReadonlyMap<string, ReadonlySet<string>>,
): string[] | undefined {
  const ways: string[][] = [...arrows.get(start) ?? []].map((next) => [next]);
  const seen = new Set<string>();
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    const last = way.at(-1) ?? start;
    for (const next of arrows.get(last) ?? []) {
      if (next === start) return way;
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return undefined;
}

function longLines({ path, text }: Source): string[] {
  return text.split("\n").flatMap((line, index) => {
    const { length } = Array.from(line);
    return length <= columns ? [] : [
      `${path}:${index + 1}: ${length} columns, at most ${columns} are allowed. Break the line.`,
    ];
  });
}

/** `x509` of `lib/x509/read/crl.ts`. */
function roomOf(path: string): string | undefined {
  return /^lib\/(?<room>[a-z0-9]+)\//.exec(path)?.groups?.["room"];
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
