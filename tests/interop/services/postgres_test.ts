/** PostgreSQL, which speaks TLS after an SSLRequest. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { describe } from "../../../lib/cli/messages/mod.ts";
import {
  foreground,
  type Place,
  type Service,
  serviceTest,
  serviceUser,
  sightsTest,
} from "./services.ts";

const programs = "/usr/lib/postgresql/15/bin";

async function start(place: Place): Promise<Service> {
  const user = serviceUser("postgres");
  const data = join(place.root, "data");
  Deno.mkdirSync(data, { mode: 0o700 });
  if (user !== undefined) Deno.chownSync(data, user.uid, user.gid);
  const { success, stderr } = await new Deno.Command(`${programs}/initdb`, {
    args: ["-D", data, "--no-sync", "--auth", "trust", "--locale", "C", "-U", "postgres"],
    cwd: place.root,
    ...user,
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const settings = [
    "listen_addresses=127.0.0.1",
    `port=${place.port}`,
    "unix_socket_directories=",
    "fsync=off",
    "ssl=on",
    `ssl_cert_file=${place.paths.certificate}`,
    `ssl_key_file=${place.paths.key}`,
  ];
  const args = settings.flatMap((setting) => ["-c", setting]);
  // SIGQUIT: immediately, without a checkpoint.
  return foreground(`${programs}/postgres`, ["-D", data, ...args], { user, stop: "SIGQUIT" });
}

const postgres = {
  tools: [`${programs}/postgres`, `${programs}/initdb`],
  user: "postgres",
  start,
};

sightsTest("PostgreSQL", { ...postgres, probe: { startTls: "postgres" } });

serviceTest("a probe of PostgreSQL that does not ask for TLS is told of 'starttls'", {
  ...postgres,
  probe: { startTls: "postgres" },
}, async ({ wait, look }) => {
  assert.equal((await wait()).saw, "expected");
  const sight = await look({ startTls: undefined });
  assert.deepEqual([sight.stage, sight.saw], ["connected", "nothing"]);
  assert.match(describe(sight.error).hint ?? "", /'starttls'/);
});
