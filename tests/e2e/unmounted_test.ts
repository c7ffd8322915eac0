/**
 * A pair whose key, or certificate, is on a file system that is not mounted: the built executable refuses,
 * writes nothing under the mount point, and removes nothing. Needs to be root.
 */
import assert from "node:assert/strict";
import { builtExecutable, type Ended } from "./support/executable.ts";
import { canMount, runWithMounts } from "./support/namespace.ts";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";

/** Defines `CS`, which runs certswap, and `say NAME COMMAND...`, which prints the exit code and errors. */
const prelude = `
cd "$1"
export CERTSWAP_CACHE="$2"
certswap=$3
CS() { "$certswap" "$@"; }
say() { name=$1; shift; code=0; "$@" >out 2>err || code=$?; echo "$name $code"; cat err; }
names() { find "$@" -mindepth 1 | sort; }
configure() { cat >c.toml <<T
[pair.p]
certificate = "$PWD/$1/cert.pem"
key = "$PWD/$2/key.pem"
subject = "CN=p"
names = ["DNS:p.example"]
issuer = { kind = "local", data_dir = "$PWD/ca" }
$3
T
}
issue() {
  CS ca request --subject CN=p --san DNS:p.example --out-key new.key --out-csr new.csr >/dev/null
  sleep 1
  cp "$(CS ca sign new.csr --data-dir ca | sed -n 's/.*Certificate: //p')" new.crt
}
given="--new-cert new.crt --new-key new.key"
pair="--name p --config c.toml"
`;

/** A pair with one half on the disk at $4, which is mounted by $5, moved away, and moved back. */
const unmounting = `${prelude}
mkdir tls keys
${"$5"}
configure tls keys ""
CS ca init --data-dir ca --subject CN=Root >/dev/null
CS rotate --config c.toml >/dev/null
issue
CS stage $pair $given >/dev/null
mkdir kept
mount --move "$4" kept
before=$(names tls keys)
for command in recover "swap" "stage $given" "rollback" "rotate --force"; do
  say "$command" CS $command $pair
done
say status CS status $pair
test "$before" = "$(names tls keys)" || { echo "touched:"; names tls keys; }
mount --move kept "$4"
say back CS recover $pair
say swapped CS swap $pair
say whole CS status $pair
`;

async function inPlace(script: string, ...more: string[]): Promise<Ended> {
  return await withTemporaryDirectory(async (directory) => {
    const cache = `${directory}/cache`;
    await Deno.mkdir(cache, { mode: 0o700 });
    return await runWithMounts(script, [directory, cache, builtExecutable, ...more]);
  });
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: !canMount });
}

const mounts = {
  "a tmpfs": (at: string) => `mount -t tmpfs -o mode=755 tmpfs ${at}`,
  "a directory of the same file system": (at: string) => `mkdir real; mount --bind real ${at}`,
};

for (const [what, mount] of Object.entries(mounts)) {
  test(`certswap refuses while the key's directory, ${what}, is not mounted`, async () => {
    const { code, stdout, stderr } = await inPlace(
      unmounting.replace("$5", mount("keys")),
      "keys",
    );
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    const missing =
      "Error: (?:pair p: )?/.*/keys/key.pem is missing, and .*: probably not mounted\\n" +
      "Hint: Mount .* --accept-missing\\.\\n";
    for (const command of ["recover", "swap", "stage .*", "rollback", "rotate --force"]) {
      assert.match(stdout, new RegExp(`^${command} 1\\n${missing}`, "m"));
    }
    assert.match(
      stdout,
      /^status 1\n(?:.*\n)*?Warning: .*\/keys\/key.pem is missing, and .*: probably not mounted/m,
    );
    assert.doesNotMatch(stdout, /touched/);
    assert.match(stdout, /^back 0\nswapped 0\nwhole 0\n$/m);
  });
}

test("certswap refuses while the certificate's directory is not mounted", async () => {
  const { code, stdout, stderr } = await inPlace(
    unmounting.replace("$5", mounts["a tmpfs"]("tls")),
    "tls",
  );
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  for (const command of ["recover", "swap", "stage .*", "rollback", "rotate --force"]) {
    const missing =
      "Error: (?:pair p: )?/.*/tls/cert.pem is missing, and .*: probably not mounted\\n";
    assert.match(stdout, new RegExp(`^${command} 1\\n${missing}`, "m"));
  }
  assert.doesNotMatch(stdout, /touched/);
  assert.match(stdout, /^back 0\nswapped 0\nwhole 0\n$/m);
});

for (const [what, mount] of Object.entries(mounts)) {
  test(`certswap makes no first pair where ${what} has to be mounted, until it is`, async () => {
    await checkRequiredMount(mount("keys"));
  });
}

async function checkRequiredMount(mount: string): Promise<void> {
  const { code, stdout, stderr } = await inPlace(`${prelude}
mkdir tls keys
configure tls keys 'requires_mount = ["'$PWD'/keys"]'
CS ca init --data-dir ca --subject CN=Root >/dev/null
say config CS config check --config c.toml
say rotate CS rotate --config c.toml
names tls keys
${mount}
say rotate CS rotate --config c.toml
say config CS config check --config c.toml
say status CS status --config c.toml
names keys
`);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const required = "/.*/keys is not mounted, but 'requires_mount' lists it\\n";
  assert.match(stdout, new RegExp(`^config 2\\n(?:.*\\n)*?.*${required}`));
  assert.match(
    stdout,
    new RegExp(
      `^rotate 1\\nError: pair p: ${required}Hint: .*\\nCRITICAL: pair p: .*\\n` +
        "rotate 0\nconfig 0\nstatus 0\n",
      "m",
    ),
  );
  assert.match(stdout, /\/?keys\/key\.pem\n/);
}

test("certswap works without a file after one --accept-missing", async () => {
  const { code, stdout, stderr } = await inPlace(`${prelude}
mkdir tls keys
mount -t tmpfs -o mode=755 tmpfs keys
configure tls keys ""
CS ca init --data-dir ca --subject CN=Root >/dev/null
CS rotate --config c.toml >/dev/null
umount keys
sleep 1
say refused CS rotate --config c.toml
say accepted CS rotate --config c.toml --accept-missing
say whole CS status $pair
sleep 1
say again CS rotate $pair --force
`);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.match(stdout, /^refused 1\n(?:.*\n)+accepted 0\n(?:.*\n)*whole 0\nagain 0\n$/);
});
