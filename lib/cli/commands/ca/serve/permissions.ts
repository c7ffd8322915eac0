/** The permissions of a server, as flags of the Deno runtime. */
import {
  type CaSettings,
  type PostgresSettings,
  readSettings,
} from "../../../../ca/settings/mod.ts";
import { nextDirectories } from "../../../../ca/succession/mod.ts";
import {
  addressText,
  join,
  type System,
  UnwritablePermissionError,
} from "../../../../system/mod.ts";
import { servesCa } from "../../../tree/mod.ts";

/**
 * The permissions: it listens only on its addresses, connects only to its database, writes only to the data
 * directory and to those of the CAs that replace it, and starts programs only for a publish hook. Reading is
 * not restricted: whether other users can exchange a file is seen in every directory above it.
 *
 * @throws FileSystemError if there is no such directory; UnwritablePermissionError
 */
export async function permissionFlags(
  system: System,
  { dataDirectory, settings: { serve, crl, postgres } }: {
    readonly dataDirectory: string;
    readonly settings: CaSettings;
  },
): Promise<string[]> {
  const next = await nextDirectories(system, { dataDirectory });
  const directories = [system.files.realPath(dataDirectory), ...next];
  // The runtime separates paths by commas, and the launcher flags by lines.
  for (const one of directories) {
    // deno-lint-ignore no-control-regex
    if (/[,\0-\x1f\x7f]/.test(one)) throw new UnwritablePermissionError(one);
  }
  const others = await Promise.all(
    next.map(async (one) => (await readSettings(system, { dataDirectory: one })).postgres),
  );
  const databases = [postgres, ...others].filter((one) => one !== undefined).map(databasePlace);
  const sockets = databases.map(({ socket }) => socket).filter((one) => one !== undefined);
  const places = [...new Set([...directories, ...sockets])];
  const addresses = [
    ...[serve.est, serve.http, serve.admin].filter((one) => one !== undefined).map(addressText),
    ...new Set(databases.map(({ address }) => address)),
  ];
  return [
    "--allow-read",
    `--allow-write=${places.join(",")}`,
    ...(addresses.length === 0 ? [] : [`--allow-net=${addresses.join(",")}`]),
    // To stop a hook, the runtime needs the permission to run every program.
    ...(crl.publish === undefined ? [] : ["--allow-run"]),
    `--allow-env=${servesCa.env.join(",")}`,
    `--allow-sys=${servesCa.sys.join(",")}`,
  ];
}

/** A database as the runtime's permissions name it. A socket also has to be writable. */
function databasePlace(
  { host, port }: PostgresSettings,
): { readonly address: string; readonly socket: string | undefined } {
  if (!host.startsWith("/")) return { address: addressText({ host, port }), socket: undefined };
  const socket = join(host, `.s.PGSQL.${port}`);
  return { address: `unix:${socket}`, socket };
}
