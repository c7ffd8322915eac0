/** The format of `enrolments.json`. */
import { isJsonObject } from "../../../../system/mod.ts";
import { BadEnrolmentError, IndexFullError } from "../../../errors.ts";
import { type EnrolmentKind, enrolmentKinds, type EnrolmentPatch } from "../../store.ts";
import { enrolmentsLimit } from "../../files/mod.ts";

/** Everything in the file, by kind and id. */
export type Enrolments = Readonly<Record<EnrolmentKind, ReadonlyMap<string, string>>>;

/** The objects in the file, by kind. */
const names = {
  token: "tokens",
  request: "requests",
  birth: "births",
} as const satisfies Record<EnrolmentKind, string>;

/** Reads the file. @param path for errors. @throws BadEnrolmentError */
export function parseEnrolments(content: Uint8Array, path: string): Enrolments {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch (cause) {
    throw new BadEnrolmentError(path, { cause });
  }
  const read = (kind: EnrolmentKind): Map<string, string> => {
    const given = isJsonObject(parsed) ? parsed[names[kind]] : undefined;
    const entries = kind === "birth" ? given ?? {} : given;
    if (!isJsonObject(entries)) throw new BadEnrolmentError(path);
    return new Map(Object.entries(entries).map(([id, entry]) => [id, JSON.stringify(entry)]));
  };
  return { token: read("token"), request: read("request"), birth: read("birth") };
}

/** What is in the file if there is none. */
export const noEnrolments: Enrolments = { token: new Map(), request: new Map(), birth: new Map() };

/**
 * The content of the file after changes.
 *
 * @param old what is in the file.
 * @throws IndexFullError
 */
export function patchEnrolments(
  old: Enrolments,
  { patches, path }: { readonly patches: readonly EnrolmentPatch[]; readonly path: string },
): Uint8Array {
  return encodeEnrolments(patched(old, patches), path);
}

/** What is in the file after changes. */
export function patched(old: Enrolments, patches: readonly EnrolmentPatch[]): Enrolments {
  const all = {
    token: new Map(old.token),
    request: new Map(old.request),
    birth: new Map(old.birth),
  };
  for (const { kind, id, content } of patches) {
    if (content === undefined) all[kind].delete(id);
    else all[kind].set(id, content);
  }
  return all;
}

/** The content of the file. @param path for errors. @throws IndexFullError */
export function encodeEnrolments(all: Enrolments, path: string): Uint8Array {
  const written = (kind: EnrolmentKind): string => {
    const lines = [...all[kind]].map(([id, content]) => `    ${JSON.stringify(id)}: ${content}`);
    return lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n  }`;
  };
  // A CA without bootstrap certificates has no such object.
  const kinds = enrolmentKinds.filter((kind) => kind !== "birth" || all.birth.size > 0);
  const parts = kinds.map((kind) => `  "${names[kind]}": ${written(kind)}`);
  const text = `{\n${parts.join(",\n")}\n}\n`;
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > enrolmentsLimit) throw new IndexFullError(path, enrolmentsLimit);
  return bytes;
}
