import { FileSystemError, join, type System } from "../../system/mod.ts";
import { type CreateEntry, type ReplaceEntry, takeSnapshot } from "../../transaction/mod.ts";
import {
  type CaOptions,
  type ChangeReport,
  locateCa,
  type LockedCa,
  ownAttributes,
  withCa,
} from "../ca.ts";
import { encodeCounter } from "../store/directory/counter.ts";
import { examine } from "./examine.ts";
import { type Finding, type IndexPatch, isMendable, isProblem, type Problem } from "./finding.ts";
import { encodeIndex, type IndexEntry, indexLimit } from "../store/directory/index_file.ts";
import { readIndexOf } from "../store/directory/issued.ts";
import { compareSerials } from "../../x509/serial.ts";

/** What `ca check --repair` did. */
export interface RepairReport extends ChangeReport {
  readonly mended: readonly Problem[];
  /** What is left. */
  readonly findings: readonly Finding[];
}

/**
 * Checks a CA, and mends in one transaction what can be mended without guessing: what a certificate or
 * the CRL that this CA has signed says, the index is made to say; counters are raised above every number
 * in use; modes are closed.
 *
 * @throws FileSystemError where a file cannot be read; nothing is mended then.
 */
export async function repair(
  system: System,
  options: CaOptions & { readonly onProgress?: (done: number, total: number) => void },
): Promise<RepairReport> {
  const { onProgress } = options;
  return await withCa(system, {
    ...options,
    work: async (ca) => {
      const { keys } = ca;
      const directory = locateCa(system, options);
      const findings = await examine(system, { directory, keys, onProgress });
      requireReadable(findings);
      const mended = findings.filter(isProblem).filter(isMendable);
      const { warnings } = await ca.session.commit(await changesFor(ca, mended));
      const left = findings.filter((finding) => !isProblem(finding) || !isMendable(finding));
      return { mended, findings: left, recovery: ca.recovery, warnings };
    },
  });
}

/** What could not be read may well be sound: nothing must be concluded from it. */
function requireReadable(findings: readonly Finding[]): void {
  for (const finding of findings) {
    if (finding.code === "bad-file" && finding.error instanceof FileSystemError) {
      throw finding.error;
    }
  }
}

type Change = ReplaceEntry | CreateEntry;

/** Counters first, as when signing; then the index; then what is only closed. */
async function changesFor(ca: LockedCa, problems: readonly Problem[]): Promise<Change[]> {
  const contents = new Map<string, Uint8Array>();
  for (const problem of problems) {
    if ("next" in problem) contents.set(problem.name, encodeCounter(problem.next ?? 0n));
  }
  const patches = problems.flatMap((problem) => "patch" in problem ? [problem.patch] : []);
  if (patches.length > 0) {
    contents.set("index.json", encodeIndex(merge((await readIndexOf(ca)).entries, patches)));
  }
  const modes = new Map(
    problems.flatMap((problem) =>
      problem.code === "open-mode" ? [[problem.name, problem.wanted] as const] : []
    ),
  );
  const names = new Set([...contents.keys(), ...modes.keys()]);
  return await Promise.all(
    [...names].map((name) =>
      changeOf(ca, { name, content: contents.get(name), mode: modes.get(name) })
    ),
  );
}

interface Wanted {
  readonly name: string;
  /** What it holds already, where this is left out. */
  readonly content: Uint8Array | undefined;
  readonly mode: number | undefined;
}

async function changeOf({ system, paths }: LockedCa, wanted: Wanted): Promise<Change> {
  const target = join(paths.directory, wanted.name);
  const old = await takeSnapshot(system.files, target, indexLimit);
  const attributes = { ...(old?.snapshot ?? ownAttributes(system, paths, 0o644)) };
  if (wanted.mode !== undefined) attributes.mode = wanted.mode;
  const content = wanted.content ?? old?.content ?? new Uint8Array();
  return old === undefined
    ? { kind: "create", target, content, attributes }
    : { kind: "replace", target, content, attributes, old: old.snapshot };
}

/** In the order of their serial numbers, which is the one in which they were issued. */
function merge(entries: readonly IndexEntry[], patches: readonly IndexPatch[]): IndexEntry[] {
  const merged = new Map(entries.map((entry) => [entry.serial, entry]));
  for (const patch of patches) {
    const old = merged.get(patch.serial);
    // A patch of an entry that is not there is a whole one.
    merged.set(patch.serial, { ...old, ...patch } as IndexEntry);
  }
  return [...merged.values()].sort((a, b) => compareSerials(a.serial, b.serial));
}
