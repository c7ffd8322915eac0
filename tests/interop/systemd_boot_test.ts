import assert from "node:assert/strict";
import { join } from "../../lib/system/mod.ts";
import { bootTest } from "../support/booted_systemd.ts";
import { tool } from "./tools.ts";

const project = new URL("../../", import.meta.url).pathname;

/** The commands that an operator types, with a line to search for after each important step. */
const script = `
cat >/usr/local/bin/certswap <<'PROGRAM'
#!/bin/sh
export DENO_DIR="$DENO"
cd /boot-test/files
exec "$RUNTIME" run --quiet --cached-only --frozen -A main.ts "$@"
PROGRAM
chmod 755 /usr/local/bin/certswap
cat >/etc/systemd/system/reader.service <<'UNIT'
[Service]
ExecStart=/bin/sleep infinity
ExecReload=/bin/sh -c 'echo reloaded >>/run/reloads'
UNIT
mkdir -p /srv/tls /srv/other /etc/certswap
systemctl start reader
certswap ca init --data-dir /srv/ca --subject CN=R
cat >/etc/certswap/certswap.toml <<'TOML'
metrics = "/srv/certswap.prom"
[pair.web]
dir = "/srv/tls"
subject = "CN=web"
services = ["reader.service"]
issuer = { kind = "local", data_dir = "/srv/ca" }
hook = { command = ["systemctl", "reload", "reader"] }
[pair.other]
dir = "/srv/other"
subject = "CN=other"
issuer = { kind = "local", data_dir = "/srv/ca" }
hook = { command = ["touch", "/srv/tls/allowed", "/usr/forbidden"] }
TOML
chmod 644 /etc/certswap/certswap.toml
certswap install systemd --on-failure certswap-failure@%n.service
cat >/etc/systemd/system/certswap-failure@.service <<'UNIT'
$FAILURE_UNIT
UNIT
mkdir -p /usr/sbin
printf '#!/bin/sh\\ncat >/run/mail.new; mv /run/mail.new /run/mail\\n' >/usr/sbin/sendmail
chmod 755 /usr/sbin/sendmail
systemctl daemon-reload
systemctl reenable certswap-recover.service
systemctl enable --now certswap-rotate.timer
echo "timer: $(systemctl is-active certswap-rotate.timer)"

systemctl start certswap-rotate.service
echo "rotate: $(systemctl show certswap-rotate -p ExecMainStatus --value)"
echo "pairs: $(ls /srv/tls /srv/other | tr '\\n' ' ')"
echo "reader: $(cat /run/reloads)"
echo "escaped: $(ls /usr/forbidden 2>/dev/null)"
for second in 1 2 3 4 5 6 7 8 9 10; do [ -e /run/mail ] || sleep 1; done
echo "mail: $(sed -n '2s/ on .*//p' /run/mail) $(grep -c 'Error: pair other: ' /run/mail)"
journalctl --sync
journal() { journalctl -u certswap-rotate -o cat "$@"; }
echo "errors: $(journal -p err | grep -c '^Error: pair other: ') $(journal -p err | grep -c 'rotated')"
echo "info: $(journal -p info..info | grep -c '^Pair web rotated')"
echo "owed: $(grep -c 'hook_owed{pair="other"} 1' /srv/certswap.prom)"

: >/srv/tls/.key.pem.certswap.tmp
systemctl restart reader
echo "recovered: $(systemctl show certswap-recover -p Result --value) $(ls -A /srv/tls | tr '\\n' ' ')"
before() {
  [ "$(systemctl show certswap-recover -p ExecMainExitTimestampMonotonic --value)" -lt \\
    "$(systemctl show reader -p ExecMainStartTimestampMonotonic --value)" ] && echo yes
}
echo "before the reader: $(before)"

chmod 666 /etc/certswap/certswap.toml
systemctl restart reader
echo "failing: $(systemctl is-failed certswap-recover), reader $(systemctl is-active reader)"

chmod 644 /etc/certswap/certswap.toml
mkdir /etc/systemd/system/certswap-recover.service.d
printf '[Service]\\nExecStart=\\nExecStart=/bin/sleep 1000\\nTimeoutStartSec=1\\n' \\
  >/etc/systemd/system/certswap-recover.service.d/hang.conf
systemctl daemon-reload
systemctl restart reader
echo "hanging: $(systemctl show certswap-recover -p Result --value), reader $(systemctl is-active reader)"
`;

/** The unit for failures from the documentation. */
function failureUnit(): string {
  const page = Deno.readTextFileSync(join(project, "docs/guide/monitoring.md"));
  const [, unit = ""] = page.split("```ini\n")[1]?.match(/^([^`]*)/) ?? [];
  assert.match(unit, /^\[Unit\]\n/);
  return unit;
}

/** Where this runtime keeps what it has downloaded. */
function denoDirectory(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  return (JSON.parse(new TextDecoder().decode(stdout)) as { denoDir: string }).denoDir;
}

const values: Record<string, string> = {
  DENO: denoDirectory(),
  FAILURE_UNIT: failureUnit(),
  RUNTIME: Deno.execPath(),
};

bootTest(
  "systemd runs the units that certswap installs: rotation in its sandbox, recovery before the service",
  {
    script: script.replaceAll(/\$(DENO|RUNTIME|FAILURE_UNIT)\b/g, (_, name) => values[name] ?? ""),
    async prepare(files) {
      for (const name of ["main.ts", "deno.json", "deno.lock", "lib"]) {
        await tool("cp", "-r", join(project, name), files);
      }
    },
    answers: [
      "timer: active",
      "rotate: 5",
      "pairs: /srv/other: cert.pem key.pem  /srv/tls: allowed cert.pem key.pem ",
      "reader: reloaded",
      "escaped: ",
      "mail: Subject: certswap-rotate.service failed 1",
      "errors: 1 0",
      "info: 1",
      "owed: 1",
      "recovered: success .certswap allowed cert.pem key.pem ",
      "before the reader: yes",
      "failing: failed, reader active",
      "hanging: timeout, reader active",
    ],
  },
);
