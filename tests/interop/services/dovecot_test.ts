/** Dovecot, with its own configuration: IMAP, where TLS begins after STARTTLS (RFC 9051 6.2.1). */
import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { foreground, type Place, type Service, serviceTest, sightsTest } from "./services.ts";

function start(place: Place): Promise<Service> {
  const { root, port, paths } = place;
  const configuration = place.file(
    "dovecot.conf",
    `base_dir = ${root}/run
log_path = ${root}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <${paths.certificate}
ssl_key = <${paths.key}
service imap-login {
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
passdb {
  driver = static
  args = nopassword=y
}
`,
  );
  return Promise.resolve(foreground("dovecot", ["-F", "-c", configuration]));
}

const dovecot = {
  tools: ["dovecot", "/usr/lib/dovecot/imap-login"],
  start,
  probe: { startTls: "imap" },
} as const;

sightsTest("Dovecot", dovecot);

serviceTest(
  "a probe of Dovecot with the wrong protocol cannot see, and says so",
  dovecot,
  async ({ look, wait }) => {
    assert.equal((await wait()).saw, "expected");
    const none = await look({ startTls: undefined });
    assert.deepEqual([none.stage, none.saw], ["connected", "nothing"]);
    assert.equal(describe(none.error).hint, 'Set starttls = "imap".');
    const other = await look({ startTls: "smtp" });
    assert.deepEqual([other.stage, other.saw], ["connected", "nothing"]);
    assert.equal(describe(other.error).hint, 'Set starttls = "imap".');
  },
);
