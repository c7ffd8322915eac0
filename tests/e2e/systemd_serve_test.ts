/** The unit of the server of a CA, run by a real systemd, with the executable. Needs root. */
import { join } from "../../lib/system/mod.ts";
import { bootTest } from "../support/booted_systemd.ts";
import { builtExecutable } from "./support/executable.ts";

/** What an operator types, with a line to search for after each important step. */
const script = `
cd /
rm -rf /var/cache/certswap*
install -m 755 /boot-test/files/certswap /usr/local/bin/certswap
echo 'keeper:x:990:990::/nonexistent:/usr/sbin/nologin' >>/etc/passwd
echo 'keeper:x:990:' >>/etc/group
(umask 077; echo 'correct horse battery staple' >/etc/ca-passphrase)
certswap ca init --data-dir /srv/ca --subject CN=Lab \\
  --encrypt-key --passphrase-file /etc/ca-passphrase
cat >/srv/ca/ca.toml <<'TOML'
[serve]
est = "127.0.0.1:8443"
http = "127.0.0.1:8080"
admin = "127.0.0.1:8081"
names = ["localhost"]
TOML
chown -R keeper:keeper /srv/ca
certswap install systemd --ca /srv/ca --passphrase-file /etc/ca-passphrase
systemctl daemon-reload
unit=$(basename /etc/systemd/system/certswap-serve-*.service)
systemctl enable --now "$unit" || {
  systemctl show "$unit" -p Result -p ExecMainStatus
  journalctl -u "$unit" -o cat
  exit
}

show() { systemctl show "$unit" -p "$1" --value; }
status() { curl -s -m 5 -o /dev/null -w '%{http_code}' "$@"; }
est() { status --cacert /srv/ca/ca.crt "https://localhost:8443/.well-known/est/$1"; }
# Waits until a command prints this, a hundred times at most, and says what it has printed last.
wait_for() {
  wanted=$1
  shift
  for try in $(seq 100); do
    printed=$("$@")
    [ "$printed" = "$wanted" ] && break
    sleep 0.2
  done
  echo "$printed"
}
is() { [ "$1" "$2" "$3" ] && echo yes || echo no; }

echo "ready: $(wait_for 200 status http://127.0.0.1:8081/readyz)"
pid=$(show MainPID)
echo "user: $(stat -c %U /proc/$pid)"
echo "passphrase: $(stat -c '%U %a' /etc/ca-passphrase)"
echo "requests: $(wait_for 200 status http://127.0.0.1:8080/ca.crl) $(est cacerts)"

echo "before the reload: $(est lab/cacerts)"
printf '[profile.lab]\\n' >>/srv/ca/ca.toml
systemctl reload "$unit"
echo "after the reload: $(wait_for 200 est lab/cacerts)"
echo "still the same process: $(is "$(show MainPID)" = "$pid")"

kill -KILL "$pid"
echo "after a crash: $(wait_for 200 est cacerts)"
echo "another process: $(is "$(show MainPID)" != "$pid")"

systemctl stop "$unit"
echo "stopped: $(show Result) $(show ExecMainStatus) $(show ActiveState)"
journalctl --sync
echo "stopping: $(journalctl -u "$unit" -o cat | grep -c '"event":"stopping"')"
journalctl -u "$unit" -o cat
`;

bootTest(
  "systemd runs the server of a CA in its sandbox: with a passphrase, a reload, a crash and a stop",
  {
    script,
    prepare: (files) => Deno.copyFile(builtExecutable, join(files, "certswap")),
    answers: [
      "ready: 200",
      "user: keeper",
      "passphrase: root 600",
      "requests: 200 200",
      "before the reload: 404",
      "after the reload: 200",
      "still the same process: yes",
      "after a crash: 200",
      "another process: yes",
      "stopped: success 0 inactive",
      "stopping: 1",
    ],
  },
);
