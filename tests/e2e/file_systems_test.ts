/** The executable, as root, on real mounted file systems: exFAT, overlayfs, tmpfs. */
import assert from "node:assert/strict";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { builtExecutable, type Ended, type Place, run } from "./support/executable.ts";
import { canMount, runWithMounts } from "./support/namespace.ts";
import { makePairs } from "./support/pairs.ts";

/**
 * The beginning of every script. $1: an empty directory. `given N` prints the flags for the Nth pair; `is N`
 * checks that it is the active one in $tls.
 */
const prelude = `
cd "$1"; mkdir m; umask 022
certswap() { env -i CERTSWAP_CACHE="$cache" "$executable" "$@"; }
given() { echo --new-cert "$pairs/$1.pem" --new-key "$pairs/$1-key.pem"; }
is() { cmp "$tls/cert.pem" "$pairs/$1.pem" && cmp "$tls/key.pem" "$pairs/$1-key.pem"; }
modes() { (cd "$tls"; stat -c '%a %n' * .[!.]* 2>/dev/null | sort -k 2); }
`;

let prepared: Promise<string> | undefined;

/** Pairs and an unpacked runtime, made once: `1.pem`, `1-key.pem`, and so on. */
function preparation(): Promise<string> {
  return prepared ??= (async () => {
    const directory = await Deno.realPath(await Deno.makeTempDir({ prefix: "certswap-test-" }));
    const cache = `${directory}/cache`;
    const place: Place = {
      directory,
      cache,
      executable: builtExecutable,
      certswap: (args, options) =>
        run(builtExecutable, args, { env: { CERTSWAP_CACHE: cache }, ...options }),
    };
    for (const [index, { cert }] of (await makePairs(place, 2)).entries()) {
      await Deno.copyFile(cert, `${directory}/${index + 1}.pem`);
    }
    return directory;
  })();
}

Deno.test.afterAll(async () => {
  if (prepared !== undefined) await Deno.remove(await prepared, { recursive: true });
});

/** Runs a script in a mount namespace, with the prelude before it. */
async function runOn(script: string): Promise<Ended> {
  const pairs = await preparation();
  return await withTemporaryDirectory(async (directory) => {
    const assignments = `pairs=$2; cache=$2/cache; executable=$3; tls=$1/m/tls\n`;
    return await runWithMounts(assignments + prelude + script, [directory, pairs, builtExecutable]);
  });
}

/** Runs a script that must succeed. @returns the lines that it printed. */
async function linesOf(script: string): Promise<string[]> {
  const { code, stdout, stderr } = await runOn(script);
  assert.equal(code, 0, `${stdout}\n${stderr}`);
  return stdout.split("\n").filter((line) => line !== "");
}

/** A test that needs a mount; tries first whether it is possible. */
function test(name: string, canRun: boolean, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: !canRun });
}

async function works(script: string): Promise<boolean> {
  if (!canMount) return false;
  return await withTemporaryDirectory(async (directory) =>
    (await runWithMounts(`cd "$1"; mkdir m\n${script}`, [directory])).code === 0
  );
}

/** Makes an exFAT file system and mounts it through FUSE, with the options in $options. */
const exfat = `
truncate -s 16M image; mkfs.exfat image >/dev/null; loop=$(losetup -f --show image)
trap 'umount m; losetup -d "$loop"' EXIT
mount.exfat-fuse -o "$options" "$loop" m >/dev/null 2>&1; mkdir m/tls
`;

const overlay = `
mount -t tmpfs none m; mkdir m/lower m/upper m/work m/tls
layers=lowerdir=m/lower,upperdir=m/upper,workdir=m/work,index=off
`;

const hasExfat = await works(`options=umask=077\n${exfat}`);
const hasOverlay = await works(`${overlay}\nmount -t overlay -o "$layers" none m/tls`);
const hasLists = await works("mount -t tmpfs none m; touch m/f; setfacl -m u:65534:r m/f");

test(
  "on exFAT that is mounted for its owner alone pairs are swapped and rolled back",
  hasExfat,
  async () => {
    const lines = await linesOf(`
options=umask=077
${exfat}
certswap swap --dir m/tls $(given 1) >/dev/null
certswap swap --dir m/tls $(given 2) --keep-previous >/dev/null
is 2
modes
certswap rollback --dir m/tls >/dev/null
is 1
certswap status --dir m/tls | head -n 1
`);
    assert.deepEqual(lines, [
      "700 .cert.pem.certswap.previous",
      "700 .certswap",
      "700 .key.pem.certswap.previous",
      "700 cert.pem",
      "700 key.pem",
      "Active pair: valid",
    ]);
  },
);

for (const umask of ["000", "022"]) {
  test(
    `on exFAT with umask=${umask} no key is written, and the option to set is named`,
    hasExfat,
    async () => {
      const { code, stdout, stderr } = await runOn(`
options=umask=${umask}
${exfat}
certswap swap --dir m/tls $(given 1) || echo "exit $?"
find m/tls -type f ! -name '*.lock'
`);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^Error: /);
      assert.match(stderr, /umask=077/);
      assert.equal(stdout, "exit 1\n");
    },
  );
}

test(
  "on overlayfs an ordinary file is not taken for a file that is mounted by itself",
  hasOverlay,
  async () => {
    // The lower layer is on another file system than the upper one: files have its device number.
    const lines = await linesOf(`
mount -t tmpfs none m; mkdir m/lower m/above m/tls
mount -t tmpfs none m/above; mkdir m/above/upper m/above/work
cp "$pairs/1.pem" m/lower/cert.pem; cp "$pairs/1-key.pem" m/lower/key.pem; chmod 600 m/lower/key.pem
mount -t overlay -o lowerdir=m/lower,upperdir=m/above/upper,workdir=m/above/work none m/tls
[ "$(stat -c %d m/tls)" = "$(stat -c %d m/tls/cert.pem)" ] || echo "the device numbers differ"
printf '[pair.p]\ndir = "%s"\n' "$PWD/m/tls" > c.toml; chmod 644 c.toml
for command in status "config check"; do
  certswap $command --config c.toml 2>&1 | grep "mount" || echo "$command: no mount point"
done
touch key.pem; cp m/tls/key.pem key.pem; mount --bind key.pem m/tls/key.pem
for command in status "config check"; do
  certswap $command --config c.toml 2>&1 | grep -o "/key.pem: it is a mount point"
done
`);
    assert.deepEqual(lines, [
      "the device numbers differ",
      "status: no mount point",
      "config check: no mount point",
      "/key.pem: it is a mount point",
      "/key.pem: it is a mount point",
    ]);
  },
);

test(
  "on overlayfs a file whose number changes when it is copied up was not changed by something else",
  hasOverlay,
  async () => {
    const lines = await linesOf(`
${overlay}
cp "$pairs/1.pem" m/lower/cert.pem; cp "$pairs/1-key.pem" m/lower/key.pem; chmod 600 m/lower/key.pem
ln m/lower/cert.pem m/lower/other.pem; echo x > m/lower/control; ln m/lower/control m/lower/control2
mount -t overlay -o "$layers" none m/tls
before=$(stat -c %d:%i m/tls/control); ln m/tls/control m/tls/control3
[ "$before" = "$(stat -c %d:%i m/tls/control)" ] || echo "numbers change"
rm m/tls/control*
certswap swap --dir m/tls $(given 2) --keep-previous | head -n 1
is 2
certswap rollback --dir m/tls | head -n 1
is 1
modes
`);
    const [numbers, ...others] = lines;
    assert.equal(numbers, "numbers change");
    assert.deepEqual(others.toSorted(), [
      "600 key.pem",
      "644 cert.pem",
      "644 other.pem",
      "700 .certswap",
      "Pair swapped in successfully.",
      "Rolled back to the previous pair.",
    ]);
  },
);

test(
  "on a full tmpfs the old pair stays, and with room again the swap succeeds",
  canMount,
  async () => {
    const lines = await linesOf(`
mount -t tmpfs -o size=128k,nr_inodes=64 none m; mkdir m/tls
certswap swap --dir m/tls $(given 1) >/dev/null
for pages in 0 1 2 3 4; do
  cat /dev/zero > m/ballast 2>/dev/null || true
  truncate -s $(( $(stat -c %s m/ballast) - pages * 4096 )) m/ballast
  if certswap swap --dir m/tls $(given 2) --keep-previous >/dev/null 2>error
  then echo "$pages: done"; is 2; break
  else echo "$pages: exit $?"; is 1
    grep -q 'no space left on device' error; grep -q 'Nothing was changed' error
  fi
  [ "$(ls -A m/tls | tr '\\n' ' ')" = ".certswap cert.pem key.pem " ]
done
rm m/ballast
certswap swap --dir m/tls $(given 2) >/dev/null; is 2
certswap recover --dir m/tls
`);
    assert.equal(lines[0], "0: exit 1");
    assert.ok(lines.every((line) => /^\d: (?:exit 1|done)$/.test(line)), lines.join());
  },
);

test(
  "status warns about a full and a read-only file system, however the pair is named",
  canMount,
  async () => {
    const lines = await linesOf(`
mount -t tmpfs -o size=256k,nr_inodes=64 none m; mkdir m/tls elsewhere
certswap swap --dir m/tls $(given 1) >/dev/null
ln -s ../m/tls/cert.pem elsewhere/cert.pem; ln -s ../m/tls/key.pem elsewhere/key.pem
printf '[pair.p]\\ndir = "%s"\\n' "$PWD/m/tls" > c.toml
named() {
  echo "$1"
  while read -r flags; do
    if certswap status $flags 2>error >out; then echo "  $? $(grep -c "$2" error) $flags"; fi
  done <<FLAGS
--dir m/tls
--dir=m/tls/
--cert m/tls/cert.pem --key m/tls/key.pem
--cert=$PWD/m/tls/cert.pem --key=$PWD/m/tls/key.pem
--dir elsewhere
--name p --config c.toml
FLAGS
  (cd m/tls; echo "  $(certswap status --cert cert.pem --key key.pem 2>&1 >/dev/null | grep -c "$2") inside")
}
named room "may not fit"
cat /dev/zero > m/ballast 2>/dev/null || true
named full "may not fit"
rm m/ballast
mount -o remount,ro m
named read-only "is mounted read-only"
`);
    const flags = [
      "--dir m/tls",
      "--dir=m/tls/",
      "--cert m/tls/cert.pem",
      "--cert=",
      "--dir elsewhere",
      "--name p --config c.toml",
    ];
    const expected = [["room", 0], ["full", 1], ["read-only", 1]].flatMap(([name, count]) => [
      `${name}`,
      ...flags.map((flag) => `  0 ${count} ${flag}`),
      `  ${count} inside`,
    ]);
    assert.equal(lines.length, expected.length, lines.join("\n"));
    for (const [index, line] of lines.entries()) {
      assert.ok(line.startsWith(expected[index] ?? "?"), `${line}, not ${expected[index]}`);
    }
  },
);

const listed = `
mount -t tmpfs none m; mkdir m/tls
cp "$pairs/1.pem" m/tls/cert.pem; cp "$pairs/1-key.pem" m/tls/key.pem; chmod 600 m/tls/key.pem
setfacl -m u:65534:r m/tls/key.pem
`;

test("the new key has the access control list of the old one", hasLists, async () => {
  const lines = await linesOf(`${listed}
certswap swap --dir m/tls $(given 2) | head -n 1
is 2
getfacl -n -p -c m/tls/key.pem
`);
  assert.deepEqual(lines, [
    "Pair swapped in successfully.",
    "user::rw-",
    "user:65534:r--",
    "group::---",
    "mask::r--",
    "other::---",
  ]);
});

test(
  "without getfacl the group is not given the mask of a list, and a warning names the file",
  hasLists,
  async () => {
    const { code, stdout, stderr } = await runOn(`${listed}
chmod 755 .
mount --bind /dev/null /usr/bin/setfacl
certswap swap --dir m/tls $(given 2) | head -n 1
is 2
modes
`);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /m\/tls\/key\.pem had an access control list/);
    assert.match(stdout, /^600 key\.pem$/m);
  },
);

test("without getfacl a key that its group can read stays readable for it", hasLists, async () => {
  const { code, stdout, stderr } = await runOn(`${listed}
chmod 755 .
setfacl -b m/tls/key.pem; chgrp 65534 m/tls/key.pem; chmod 640 m/tls/key.pem
mount --bind /dev/null /usr/bin/setfacl
certswap swap --dir m/tls $(given 2) | head -n 1
is 2
modes
`);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.match(stdout, /^640 key\.pem$/m);
});
