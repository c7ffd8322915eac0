/** A copy of `lib/` for the bundler, in which every import names the file that declares it. */
import { dirname, join, relative } from "node:path";

/**
 * Copies a tree of TypeScript, and replaces imports from faces (`mod.ts`) with imports from the declaring
 * files.
 *
 * For a lazy import, the bundler keeps everything that its module imports, including faces and all that they
 * export. Without faces, a command's file holds only what the command needs. Lazy imports stay as they are:
 * they are the seams of the bundle, and are found by their text.
 *
 * @param from the tree, absolute.
 * @param to where the copy goes, absolute. An existing tree is replaced.
 * @throws Error for a name that a face does not export.
 */
export async function seeThroughFaces(from: string, to: string): Promise<void> {
  const texts = new Map<string, string>();
  await readBelow(from, texts);
  await Deno.remove(to, { recursive: true }).catch(() => {});
  for (const [path, text] of texts) {
    const target = join(to, relative(from, path));
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.writeTextFile(target, copyOf({ path, text, texts, from, target }));
  }
  // No module of `lib/` does anything when it is loaded: the bundler may leave out a module of which nothing
  // is used, although one that is used names it.
  await Deno.writeTextFile(join(to, "package.json"), JSON.stringify({ sideEffects: false }));
}

async function readBelow(directory: string, texts: Map<string, string>): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = join(directory, name);
    if (isDirectory) await readBelow(path, texts);
    else texts.set(path, await Deno.readTextFile(path));
  }
}

interface Copied {
  readonly path: string;
  readonly text: string;
  /** All texts of the tree, by path. */
  readonly texts: ReadonlyMap<string, string>;
  readonly from: string;
  readonly target: string;
}

/** An import of names, as `deno fmt` writes it. */
const namedImport = /^import (?<isType>type )?\{(?<names>[^}]*)\} from "(?<specifier>\.[^"]+)";$/gm;

function copyOf({ path, text, texts, from, target }: Copied): string {
  const direct = text.replaceAll(namedImport, (line, ...rest) => {
    const { isType, names = "", specifier = "" } = rest.at(-1) as Record<
      string,
      string | undefined
    >;
    const face = join(dirname(path), specifier);
    if (isType !== undefined) return "";
    return face.endsWith("/mod.ts") && texts.has(face)
      ? importsPast(face, { names, texts, importer: path })
      : line;
  });
  // Paths out of the tree are longer from the copy.
  return direct.replaceAll(
    /(?<=(?:from|import\() ?)"(?<specifier>\.[^"]+)"/g,
    (quoted, specifier) => {
      const named = join(dirname(path), specifier);
      return named.startsWith(`${from}/`) ? quoted : `"${relative(dirname(target), named)}"`;
    },
  );
}

/** One import for each name, from the file that declares it. The bundler does not need types. */
function importsPast(
  face: string,
  { names, texts, importer }: {
    readonly names: string;
    readonly texts: ReadonlyMap<string, string>;
    readonly importer: string;
  },
): string {
  const wanted = names.split(",").map((name) => name.trim())
    .filter((name) => name !== "" && !name.startsWith("type "));
  return wanted.map((name) => {
    const home = homeOf(name.split(" as ")[0] ?? name, face, texts);
    if (home === undefined) throw new Error(`${importer}: ${face} does not export ${name}`);
    const path = relative(dirname(importer), home);
    return `import { ${name} } from "${path.startsWith(".") ? path : `./${path}`}";`;
  }).join(" ");
}

/** The file that declares what `path` exports under this name. */
function homeOf(
  name: string,
  path: string,
  texts: ReadonlyMap<string, string>,
): string | undefined {
  const text = texts.get(path);
  if (text === undefined) return undefined;
  const declaration = new RegExp(
    `^export (?:abstract |async )?(?:function\\*?|class|const|let|enum|interface|type) ${name}\\b`,
    "m",
  );
  if (declaration.test(text)) return path;
  for (
    const { groups } of text.matchAll(
      /^export (?<names>\*|(?:type )?\{[^}]*\}) from "(?<at>\.[^"]+)"/gm,
    )
  ) {
    const { names = "", at = "" } = groups ?? {};
    const listed = names.replace(/^type /, "").replaceAll(/[{}]|\btype /g, "").split(",")
      .map((one) => one.trim());
    if (names !== "*" && !listed.includes(name)) continue;
    const home = homeOf(name, join(dirname(path), at), texts);
    if (home !== undefined) return home;
  }
  return undefined;
}

/**
 * Leaves in the declarations of commands only what is needed to run one of them. The bundler would keep the
 * others, because of their spread properties, and the texts of the help.
 *
 * @param text a file of `lib/cli/tree`, as `deno fmt` writes it.
 * @param name the exported name of the command to keep.
 * @throws Error if the file does not declare it.
 */
export function withoutHelp(text: string, name: string): string {
  const own = text.replaceAll(
    /^export const (?<declared>\w+) = \/\* @__PURE__ \*\/ command\(\{\n[^]*?^\}\);\n/gm,
    (declaration, declared) => declared === name ? declaration : "",
  );
  const bare = own.replace(
    /(?<=^export const \w+ = .*\n) {2}documentation: \{\n[^]*?^ {2}\},\n/m,
    "",
  );
  if (!own.includes(`export const ${name} = `) || bare === own) {
    throw new Error(`no declaration of the command ${name}`);
  }
  return bare;
}
