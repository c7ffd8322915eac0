/** The unit that systemd starts if certswap fails: OnFailure=, systemd.unit(5). */
import { attempt, type FileSystem, ifPresent, join, readFile } from "../../system/mod.ts";
import { marker } from "./installation.ts";

/**
 * Whether this is the name of a unit that can be started. Specifiers such as `%n` are allowed. A template
 * without an instance (`mail@.service`) cannot.
 */
export function isFailureUnit(name: string): boolean {
  return name.length <= 255 && !name.includes("@.") &&
    /^(?:[A-Za-z0-9:_.@\\-]|%[A-Za-z%])+\.(?:service|target)$/.test(name);
}

/** The size limit of a unit, in bytes. */
const limit = 1024 * 1024;

/**
 * The OnFailure= of a unit that certswap wrote earlier: a new installation must not drop it.
 *
 * @param path of the unit.
 */
export function installedFailureUnit(files: FileSystem, path: string): string | undefined {
  const found = attempt(() => ifPresent(() => readFile(files, path, limit)));
  const text = new TextDecoder().decode(found?.content ?? new Uint8Array());
  const name = /^OnFailure=(.*)$/m.exec(text)?.[1];
  return text.startsWith(marker) && name !== undefined && isFailureUnit(name) ? name : undefined;
}

/** Where systemd searches for units, see systemd.unit(5). */
const unitDirectories = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
]
  .concat(["/usr/lib/systemd/system", "/lib/systemd/system"]);

/**
 * The file of a unit that is missing from all of systemd's directories: systemd would only log that it cannot
 * start the unit.
 *
 * @param directory where certswap's own units go.
 * @returns its name, `mail@.service` for `mail@%n.service`; `undefined` if it exists, or if that is unknown.
 */
export function missingFailureUnit(
  files: FileSystem,
  { name, directory }: { readonly name: string; readonly directory: string },
): string | undefined {
  const at = name.indexOf("@");
  const template = at < 0 ? name : name.slice(0, at + 1) + name.slice(name.lastIndexOf("."));
  if (template.includes("%")) return undefined;
  const isThere = [directory, ...unitDirectories].some((place) =>
    [name, template].some((file) => attempt(() => files.realPath(join(place, file))) !== undefined)
  );
  return isThere ? undefined : template;
}
