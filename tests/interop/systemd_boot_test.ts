import assert from "node:assert/strict";
import { denoFileSystem, directoryOf, join, nameOf } from "../../lib/system/mod.ts";
import { tool } from "./tools.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";

const boot = new URL("systemd_boot.sh", import.meta.url).pathname;
const project = new URL("../../", import.meta.url).pathname;

const namespaces = [
  "--mount",
  "--pid",
  "--net",
  "--cgroup",
  "--uts",
  "--ipc",
  "--fork",
  "--kill-child",
];

/**
 * Whether systemd can run as PID 1 of its own namespaces: it needs an overlay and a cgroup tree, which many
 * containers do not offer.
 */
function canBoot(): boolean {
  const attempt = `set -e
[ -x /lib/systemd/systemd ]
mount -t tmpfs tmpfs /mnt; mkdir /mnt/u /mnt/w /mnt/r /mnt/c
mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/u,workdir=/mnt/w /mnt/r
mount -t cgroup2 cgroup2 /mnt/c; mkdir /mnt/c/certswap-test; rmdir /mnt/c/certswap-test`;
  try {
    return new Deno.Command("unshare", {
      args: [...namespaces, "sh", "-c", attempt],
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  }
}

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

function exists(path: string): boolean {
  return denoFileSystem.readDirectory(directoryOf(path)).includes(nameOf(path));
}

async function until(
  condition: () => boolean,
  { seconds }: { readonly seconds: number },
): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > seconds * 10) throw new Error(`not in ${seconds} seconds`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const ignore = !canBoot();
if (ignore) {
  console.warn("SKIPPED, for want of namespaces that systemd can run in: booting the units");
}

Deno.test({
  name:
    "systemd runs the units that certswap installs: rotation in its sandbox, recovery before the service",
  ignore,
  fn: () =>
    withTemporaryDirectory(async (directory) => {
      const { denoDir } = JSON.parse(
        new TextDecoder().decode(
          new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync().stdout,
        ),
      ) as { denoDir: string };
      const values: Record<string, string> = {
        DENO: denoDir,
        FAILURE_UNIT: failureUnit(),
        RUNTIME: Deno.execPath(),
      };
      await Deno.writeTextFile(
        join(directory, "script.sh"),
        script.replaceAll(/\$(DENO|RUNTIME|FAILURE_UNIT)\b/g, (_, name) => values[name] ?? ""),
      );
      const files = join(directory, "files");
      Deno.mkdirSync(files);
      for (const name of ["main.ts", "deno.json", "deno.lock", "lib"]) {
        await tool("cp", "-r", join(project, name), files);
      }
      const systemd = new Deno.Command("unshare", {
        args: [...namespaces, "sh", boot, directory],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      try {
        await until(() => exists(join(directory, "done")), { seconds: 150 });
      } finally {
        systemd.kill("SIGKILL");
        await systemd.status;
      }
      const output = await Deno.readTextFile(join(directory, "output"));
      const answers = output.split("\n").filter((line) => /^[a-z ]+: /.test(line));
      assert.deepEqual(answers, [
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
      ], output);
    }),
});
