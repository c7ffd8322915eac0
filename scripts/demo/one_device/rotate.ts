/** The first act, continued: a rotation, and a rotation that fails. */
import type { Cast } from "./swap.ts";
import { servedLast } from "./device.ts";
import { certswap } from "../programs.ts";
import { chapter, promise, show, tell } from "../story.ts";

/** A whole rotation: the CA issues, the hook reloads the server, the probe checks what it serves. */
export async function playRotation(cast: Cast): Promise<void> {
  chapter("Rotation, as cron runs it: issue, swap, hook, probe");
  const configuration = await configure(cast, [
    "sh",
    "-c",
    'kill -HUP "$0"',
    cast.server.processId,
  ]);
  const before = servedLast(cast.clients);
  show("rotate", "--force");
  const rotated = await certswap("rotate", "--config", configuration, "--force");
  await cast.clients.more(150);
  tell(rotated.stdout + rotated.stderr);
  promise("it ended with exit code 0", rotated.code === 0);
  promise("a new certificate is served", servedLast(cast.clients) !== before);
}

/** A rotation whose hook succeeds without reloading the server: the probe notices. */
export async function playFailedRotation(cast: Cast): Promise<void> {
  chapter("A rotation whose hook succeeds but never reloads the server");
  const configuration = await configure(cast, ["true"]);
  const before = servedLast(cast.clients);
  const content = Deno.readTextFileSync(cast.device.certificate);
  show("rotate", "--force");
  const rotated = await certswap("rotate", "--config", configuration, "--force");
  await cast.clients.more(150);
  tell(rotated.stdout + rotated.stderr);
  const restored = Deno.readTextFileSync(cast.device.certificate);
  promise("it ended with exit code 1", rotated.code === 1);
  promise("the old pair is back on the disk", restored === content);
  promise("the server serves the pair on the disk", servedLast(cast.clients) === before);
}

async function configure({ device, server }: Cast, hook: readonly string[]): Promise<string> {
  const path = `${device.home}/certswap.toml`;
  await Deno.writeTextFile(
    path,
    `[pair.demo]
dir = ${JSON.stringify(device.tls)}

[pair.demo.issuer]
kind = "local"
data_dir = ${JSON.stringify(device.ca)}

[pair.demo.hook]
command = ${JSON.stringify(hook)}

[pair.demo.probe]
url = "tls://127.0.0.1:${server.port}"
server_name = "localhost"
deadline = "2s"
`,
  );
  return path;
}
