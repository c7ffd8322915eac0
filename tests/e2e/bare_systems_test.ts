/**
 * The executable on minimal systems: a read-only root, a full disk, a cache that is mounted noexec, and a
 * root directory with only BusyBox, glibc and the executable. Needs root.
 */
import assert from "node:assert/strict";
import { builtExecutable, namesUnder, run, withPlace } from "./support/executable.ts";
import { canMount, runWithMounts } from "./support/namespace.ts";

const isSelfContained = new TextDecoder().decode(
  (await Deno.readFile(builtExecutable)).subarray(0, 10),
) === "#!/bin/sh\n";

/** Where BusyBox is, if it is installed. */
const busybox = await Deno.stat("/bin/busybox").then(() => "/bin/busybox", () => undefined);

const start = `exec setpriv --reuid=65534 --regid=65534 --clear-groups env -i "$@"`;

function test(name: string, fn: () => Promise<void>, options: { ignore?: boolean } = {}): void {
  Deno.test({ name, fn, ignore: !canMount || (options.ignore ?? false) });
}

/**
 * Mounts the whole system read-only at $1, and enters it with chroot(2). Its /tmp is writable, with the
 * size $2. Its /var/cache is empty: root may have a cache of certswap's there on this machine, and certswap
 * would start from it.
 */
const readOnlyRoot = `
mkdir -p "$1/root"
mount --bind / "$1/root"
mount -o remount,bind,ro "$1/root"
mount -t proc proc "$1/root/proc"
mount --bind /dev "$1/root/dev"
mount -t tmpfs -o ro tmpfs "$1/root/var/cache"
mount -t tmpfs -o "size=$2,mode=1777" tmpfs "$1/root/tmp"
`;

test("certswap runs on a read-only root, from a temporary directory", async () => {
  await withPlace(async ({ directory }) => {
    const { code, stdout, stderr } = await runWithMounts(
      `${readOnlyRoot}
cp "$3" "$1/root/tmp/certswap"
cd "$1"
exec chroot "$1/root" /usr/bin/env -i HOME=/nonexistent /tmp/certswap status --dir /tmp`,
      [directory, "300m", builtExecutable],
    );
    assert.match(stdout, /^Active pair: MISSING/, stderr);
    assert.equal(code, 1);
    if (isSelfContained) {
      assert.match(
        stderr,
        /^certswap: \/var\/cache\/certswap .*: running from a temporary directory\n/,
      );
    }
  });
});

test("certswap starts silently from a cache that has become read-only", async () => {
  await withPlace(async ({ directory, certswap, cache }) => {
    await certswap(["--version"]);
    const { code, stdout, stderr } = await runWithMounts(
      `mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; cd /; cache=$2 program=$3
set -- CERTSWAP_CACHE="$cache" "$program" help files
${start}`,
      [directory, cache, `${directory}/certswap`],
    );
    assert.match(stdout, /\.certswap/, stderr);
    assert.equal(code, 0);
    assert.equal(stderr, "");
  });
}, { ignore: !isSelfContained });

test("certswap says which disk is full, runs nothing, and leaves nothing", async () => {
  await withPlace(async ({ directory }) => {
    const { code, stdout, stderr } = await runWithMounts(
      `mkdir "$1/small"
mount -t tmpfs -o size=20m,mode=0700,uid=65534,gid=65534 tmpfs "$1/small"
mkdir -m 700 "$1/small/cache" "$1/small/tmp"
chown 65534:65534 "$1/small/cache" "$1/small/tmp"
dir=$1
set -- CERTSWAP_CACHE="$dir/small/cache" TMPDIR="$dir/small/tmp" "$dir/certswap" --version
(${start}) || echo "exit $?"
find "$dir/small" -mindepth 2`,
      [directory],
    );
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "exit 1\n");
    const [first, second] = stderr.split("\n");
    assert.match(
      first ?? "",
      /cache cannot be written to \(no space\?\): running from a temporary/,
    );
    assert.match(second ?? "", /cannot be written to \(no space\?\)\. Nothing was run\./);
  });
}, { ignore: !isSelfContained });

test("certswap runs from a temporary directory if the cache is mounted noexec", async () => {
  await withPlace(async ({ directory }) => {
    const { code, stdout, stderr } = await runWithMounts(
      `mkdir "$1/cache"
mount -t tmpfs -o noexec,mode=0700,uid=65534,gid=65534 tmpfs "$1/cache"
dir=$1
set -- CERTSWAP_CACHE="$dir/cache" "$dir/certswap" --version
(${start})
ls -A "$dir/cache"`,
      [directory],
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^certswap .*self-contained\n$/s);
    assert.match(stderr, /mounted noexec\?\): running from a temporary directory\n$/);
  });
}, { ignore: !isSelfContained });

test("certswap runs on a system with only BusyBox, glibc and /proc", async () => {
  await withPlace(async ({ directory }) => {
    const root = `${directory}/root`;
    for (const name of ["bin", "proc", "tmp", "home", "dev"]) {
      await Deno.mkdir(`${root}/${name}`, { recursive: true });
    }
    await Deno.copyFile(busybox ?? "", `${root}/bin/busybox`);
    await Deno.copyFile(builtExecutable, `${root}/home/certswap`);
    const programs = [Deno.execPath(), "/bin/busybox"];
    for (const path of (await Promise.all(programs.map(librariesOf))).flat()) {
      await Deno.mkdir(`${root}${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
      await Deno.copyFile(path, `${root}${path}`);
    }
    const { code, stdout, stderr } = await runWithMounts(
      `"$1/bin/busybox" --install -s "$1/bin"
for link in "$1"/bin/*; do if [ -L "$link" ]; then ln -sf /bin/busybox "$link"; fi; done
mount -t proc proc "$1/proc"
mount --bind /dev "$1/dev"
exec chroot "$1" /bin/env -i HOME=/home /bin/sh -euc '
cd /home
./certswap --version
./certswap ca init --subject CN=CA >/dev/null
./certswap ca request --subject CN=device --san DNS:device --out-key key --out-csr csr >/dev/null
./certswap ca sign csr >/dev/null
mkdir tls
./certswap swap --dir tls --new-cert ca-data/certs/02.pem --new-key key
./certswap status --dir tls | head -n 1'`,
      [root],
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^certswap /);
    assert.match(stdout, /\nActive pair: valid\n$/);
    assert.match(stderr, /^(Warning: CA private key is stored unencrypted .*\n)?$/);
    const left = namesUnder(`${root}/tmp`);
    assert.deepEqual(left, []);
  });
}, { ignore: busybox === undefined });

/** The shared libraries of a program, and its loader. */
async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await run("/usr/bin/ldd", [program], { env: { PATH: "/usr/bin:/bin" } });
  return [...stdout.matchAll(/(\/[^\s]+) \(0x/g)].map(([, path = ""]) => path);
}
