/**
 * Starts one command as the executable does and, just before the command's module would be loaded, tries
 * everything that a permission could allow.
 *
 *     deno run PERMISSIONS attempt.ts WRITABLE-FILE FLAGS WORD...
 *
 * FLAGS are the flags of the command as the parser returns them, in JSON.
 *
 * Prints as JSON what succeeded.
 */
import { everyCommand } from "../../../lib/cli/tree/walk.ts";
import { denoWorld } from "../../../lib/cli/mod.ts";
import { denoPermissions } from "../../../lib/system/mod.ts";

const [file = "", flags = "", ...words] = Deno.args;

const environmentProbe = [
  "CA_DATA_DIR",
  "CREDENTIALS_DIRECTORY",
  "CERTSWAP_CONFIG",
  "HOME",
  "LD_PRELOAD",
  "NO_COLOR",
  "PATH",
  "SECRET",
  "https_proxy",
  "no_proxy",
];

const systemCalls = {
  gid: () => Deno.gid(),
  homedir: () => Deno.env.get("HOME"),
  hostname: () => Deno.hostname(),
  loadavg: () => Deno.loadavg(),
  networkInterfaces: () => Deno.networkInterfaces(),
  osRelease: () => Deno.osRelease(),
  systemMemoryInfo: () => Deno.systemMemoryInfo(),
  uid: () => Deno.uid(),
} as const;

async function succeeds(attempt: () => unknown): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch (error) {
    // If the operating system refused it, Deno had allowed it.
    return !(error instanceof Deno.errors.NotCapable);
  }
}

async function tryEverything(): Promise<unknown> {
  const env = [];
  for (const name of environmentProbe) if (await succeeds(() => Deno.env.get(name))) env.push(name);
  const sys = [];
  for (const [name, call] of Object.entries(systemCalls)) if (await succeeds(call)) sys.push(name);
  return {
    read: await succeeds(() => Deno.readTextFileSync(file)),
    write: await succeeds(() => Deno.writeTextFileSync(file, "written", { append: true })),
    // No server listens on port 1: if Deno allows it, the connection is refused.
    net: await succeeds(() => Deno.connect({ hostname: "127.0.0.1", port: 1 })),
    run: await succeeds(() => new Deno.Command("/bin/true").outputSync()),
    ffi: await succeeds(() => Deno.dlopen("/lib/missing.so", {})),
    env,
    sys,
  };
}

const command = everyCommand().find((place) => place.words.join(" ") === words.join(" "));
if (command === undefined) throw new Error(`no such command: ${words.join(" ")}`);

const world = {
  ...denoWorld,
  permissions: {
    keepOnly(needs: Parameters<typeof denoPermissions.keepOnly>[0]) {
      denoPermissions.keepOnly(needs);
      // Stop here: the test only needs the permissions before the command is loaded.
      throw new Error("held");
    },
  },
};
const line = { flags: { json: false, ...JSON.parse(flags) }, positional: [] };
await command.target.act(world, line).catch(() => {});
console.log(JSON.stringify(await tryEverything()));
