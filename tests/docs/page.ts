/** Reads the examples of a page: commands with their output, and files that the reader writes. */

/** Where in the page a step is, and which machine it is for. */
interface Placed {
  readonly line: number;
  /** The name in the last `<!-- on: NAME -->`; `undefined` if the page has only one machine. */
  readonly machine: string | undefined;
}

/** A command of a console block, as it is typed. */
export interface Command extends Placed {
  readonly kind: "command";
  /** After `#` root, after `$` an ordinary user. */
  readonly user: "root" | "admin";
  readonly text: string;
  /** The output that the page shows; `undefined` if it shows none. */
  readonly output: readonly string[] | undefined;
  readonly exit: number;
}

/** A file that the page has its reader write: `<!-- file: PATH mode 755 -->` or `<!-- append: PATH -->`. */
export interface WrittenFile extends Placed {
  readonly kind: "file";
  readonly path: string;
  readonly mode: string;
  readonly isAppended: boolean;
  readonly content: string;
}

/** What only the test has to do: `<!-- run: COMMAND -->`. */
export interface Preparation extends Placed {
  readonly kind: "preparation";
  readonly text: string;
}

/** A block that is not run: `<!-- not run: REASON -->`. */
export interface Omission extends Placed {
  readonly kind: "omission";
  readonly reason: string;
}

/** One step of a page, in the order in which a reader takes them. */
export type Step = Command | WrittenFile | Preparation | Omission;

/** What a page asks for. */
export interface Page {
  readonly steps: readonly Step[];
  /** The page whose steps come first: `<!-- continues: NAME.md -->`. */
  readonly continues: string | undefined;
  /** Console blocks with commands that are run. */
  readonly blocksRun: number;
}

/** A fenced block, and the comments right above it. */
interface Block extends Placed {
  readonly language: string;
  readonly lines: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Reads a page of Markdown.
 *
 * @throws an Error that names the line where an example is not written as CONTRIBUTING.md says.
 */
export function readPage(markdown: string): Page {
  const steps: Step[] = [];
  let blocksRun = 0;
  for (const part of partsOf(markdown)) {
    if (part.kind === "preparation") steps.push(part);
    else {
      const found = stepsOf(part.block);
      if (found.some(({ kind }) => kind === "command")) blocksRun++;
      steps.push(...found);
    }
  }
  const continues = /^<!-- continues: (\S+) -->$/m.exec(markdown)?.[1];
  return { steps, continues, blocksRun };
}

type Part = Preparation | { readonly kind: "block"; readonly block: Block };

function partsOf(markdown: string): Part[] {
  const parts: Part[] = [];
  const lines = markdown.split("\n");
  let notes: string[] = [];
  let machine: string | undefined;
  for (let index = 0; index < lines.length; index++) {
    const text = (lines[index] ?? "").trim();
    const language = /^```(\S*)/.exec(text)?.[1];
    const note = /^<!-- (.*) -->$/.exec(text)?.[1];
    if (language !== undefined) {
      const end = lines.findIndex((line, at) => at > index && line.trim() === "```");
      if (end === -1) throw new Error(`line ${index + 1}: the block does not end`);
      const indent = /^\s*/.exec(lines[index] ?? "")?.[0].length ?? 0;
      const content = lines.slice(index + 1, end).map((line) => line.slice(indent));
      const block = { line: index + 1, machine, language, lines: content, notes };
      parts.push({ kind: "block", block });
      notes = [];
      index = end;
    } else if (note?.startsWith("run: ")) {
      const text = note.slice("run: ".length);
      parts.push({ kind: "preparation", line: index + 1, machine, text });
    } else if (note?.startsWith("on: ")) machine = note.slice("on: ".length);
    else if (note !== undefined) notes.push(note);
    else if (text !== "") notes = [];
  }
  return parts;
}

function stepsOf({ line, machine, language, lines, notes }: Block): Step[] {
  const valueOf = (name: string): string | undefined =>
    notes.find((note) => note.startsWith(`${name}: `))?.slice(name.length + 2);
  const reason = valueOf("not run");
  if (reason !== undefined) return [{ kind: "omission", line, machine, reason }];
  const [file, append] = [valueOf("file"), valueOf("append")];
  const place = file ?? append;
  if (place !== undefined) {
    const [path = "", mode = "644"] = place.split(" mode ");
    const content = lines.map((text) => `${text}\n`).join("");
    return [{ kind: "file", line, machine, path, mode, isAppended: file === undefined, content }];
  }
  if (language !== "console") return [];
  const exit = notes.map((note) => /^exits with (\d{1,3})$/.exec(note)?.[1])
    .find((code) => code !== undefined);
  return commandsOf({ line, machine }, lines, Number(exit ?? 0));
}

/** @param exit what the last command of the block ends with. */
function commandsOf(
  { line, machine }: Placed,
  lines: readonly string[],
  exit: number,
): Command[] {
  const found: { line: number; user: Command["user"]; text: string; output: string[] }[] = [];
  let isContinued = false;
  for (const [index, text] of lines.entries()) {
    const command = found.at(-1);
    const prompt = /^([$#]) (.*)$/.exec(text);
    if (isContinued && command !== undefined) command.text += `\n${text}`;
    else if (prompt !== null) {
      const user = prompt[1] === "#" ? "root" : "admin";
      found.push({ line: line + index + 1, user, text: prompt[2] ?? "", output: [] });
    } else if (command === undefined) {
      throw new Error(`line ${line + index + 1}: a console block begins with "$ " or "# "`);
    } else command.output.push(text);
    isContinued = text.endsWith("\\") && (isContinued || prompt !== null);
  }
  return found.map(({ output, ...command }, index) => ({
    kind: "command",
    machine,
    ...command,
    output: output.length === 0 ? undefined : output,
    exit: index === found.length - 1 ? exit : 0,
  }));
}
