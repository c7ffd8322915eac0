/** Postfix, with its own configuration and queue: TLS begins after STARTTLS (RFC 3207). */
import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { join } from "../../../lib/system/mod.ts";
import { tool } from "../tools.ts";
import { type Place, type Service, serviceTest, serviceUser, sightsTest } from "./services.ts";

async function start(place: Place): Promise<Service> {
  const { root, port, paths } = place;
  const owner = serviceUser("postfix");
  for (const name of ["conf", "queue", "data"]) Deno.mkdirSync(join(root, name));
  if (owner !== undefined) Deno.chownSync(join(root, "data"), owner.uid, owner.gid);
  place.file(
    "conf/main.cf",
    `compatibility_level = 3.6
queue_directory = ${root}/queue
data_directory = ${root}/data
mail_owner = postfix
myhostname = device.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
alias_maps =
local_recipient_maps =
maillog_file_prefixes = ${root}
maillog_file = ${root}/mail.log
smtpd_peername_lookup = no
smtpd_tls_security_level = may
smtpd_tls_cert_file = ${paths.certificate}
smtpd_tls_key_file = ${paths.key}
`,
  );
  place.file(
    "conf/master.cf",
    `127.0.0.1:${port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
rewrite unix - - n - - trivial-rewrite
tlsmgr unix - - n 1000? 1 tlsmgr
`,
  );
  const postfix = async (command: string): Promise<void> =>
    void await tool("postfix", "-c", join(root, "conf"), command);
  await postfix("start");
  let isRunning = true;
  return {
    reload: () => postfix("reload"),
    async stop() {
      if (isRunning) await postfix("stop");
      isRunning = false;
    },
  };
}

const postfix = { tools: ["postfix"], start, probe: { startTls: "smtp" } } as const;

sightsTest("Postfix", postfix);

serviceTest(
  "a probe of Postfix that does not ask for TLS is told of 'starttls'",
  postfix,
  async ({ look, wait }) => {
    assert.equal((await wait()).saw, "expected");
    const sight = await look({ startTls: undefined });
    assert.deepEqual([sight.stage, sight.saw], ["connected", "nothing"]);
    assert.equal(describe(sight.error).hint, 'Set starttls = "smtp".');
  },
);
