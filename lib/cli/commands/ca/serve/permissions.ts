/** The permissions of a server, as flags of the Deno runtime. */
import type { CaSettings } from "../../../../ca/settings/mod.ts";
import { addressText, type System, UnwritablePermissionError } from "../../../../system/mod.ts";
import { servesCa } from "../../../tree/mod.ts";

/**
 * The permissions: it listens only on its addresses, writes only to the directory of the CA, and starts
 * programs only for a publish hook. Reading is not restricted: whether other users can exchange a file is
 * seen in every directory above it.
 *
 * @throws FileSystemError if there is no such directory; UnwritablePermissionError
 */
export function permissionFlags(
  { files }: System,
  { dataDirectory, settings: { serve, crl } }: {
    readonly dataDirectory: string;
    readonly settings: CaSettings;
  },
): string[] {
  const directory = files.realPath(dataDirectory);
  // The runtime separates paths by commas, and the launcher flags by lines.
  // deno-lint-ignore no-control-regex
  if (/[,\0-\x1f\x7f]/.test(directory)) throw new UnwritablePermissionError(directory);
  const addresses = [serve.est, serve.http, serve.admin]
    .filter((address) => address !== undefined).map(addressText);
  return [
    "--allow-read",
    `--allow-write=${directory}`,
    ...(addresses.length === 0 ? [] : [`--allow-net=${addresses.join(",")}`]),
    // To stop a hook, the runtime needs the permission to run every program.
    ...(crl.publish === undefined ? [] : ["--allow-run"]),
    `--allow-env=${servesCa.env.join(",")}`,
    `--allow-sys=${servesCa.sys.join(",")}`,
  ];
}
