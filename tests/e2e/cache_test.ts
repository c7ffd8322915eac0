/** Where the self-contained executable unpacks its runtime and runs it from, if there are other users. */
import assert from "node:assert/strict";
import {
  giveToOrdinaryUser,
  isSelfContained,
  namesUnder,
  type Place,
  run,
  withPlace,
} from "./support/executable.ts";
import { canMount, runWithMounts } from "./support/namespace.ts";

const isRoot = Deno.uid() === 0;
const version = /^certswap \d+\.\d+\.\d+\nDeno /;
const root = { uid: 0, gid: 0 };

function test(
  name: string,
  fn: (place: Place) => Promise<void>,
  { ignore = false }: { readonly ignore?: boolean } = {},
): void {
  Deno.test({
    name: `the launcher ${name}`,
    ignore: ignore || !isSelfContained,
    fn: () => withPlace(fn),
  });
}

/** A directory of root's that every user may enter, like /var/cache. */
async function giveToRoot({ directory }: Place): Promise<void> {
  await Deno.chown(directory, 0, 0);
  await Deno.chmod(directory, 0o755);
}

function factsUnder(directory: string): string[] {
  return namesUnder(directory).map((name) => {
    const { size, mode, uid, mtime } = Deno.lstatSync(`${directory}/${name}`);
    return `${name} ${size} ${mode} ${uid} ${mtime?.getTime()}`;
  });
}

test(
  "lets every user run what root has unpacked, and lets no other user change it",
  async (place) => {
    await giveToRoot(place);
    const { cache, certswap, directory } = place;
    assert.match(
      (await certswap(["--version"], { env: { CERTSWAP_CACHE: cache }, ...root })).stdout,
      version,
    );
    for (const name of namesUnder(cache)) {
      const { mode, uid, isSymlink } = await Deno.lstat(`${cache}/${name}`);
      if (isSymlink) continue;
      assert.deepEqual([uid, (mode ?? 0) & 0o022], [0, 0], name);
    }
    const [home = ""] = [...Deno.readDirSync(cache)].map(({ name }) => name);
    // A user who may read an SQLite database may also lock it.
    assert.equal(((await Deno.stat(`${cache}/${home}/code`)).mode ?? 0) & 0o777, 0o700);
    const before = factsUnder(cache);
    for (const args of [["--version"], ["status", "--dir", directory]]) {
      const { code, stderr } = await certswap(args, { env: { CERTSWAP_CACHE: cache } });
      assert.deepEqual([code, stderr], [args.length === 1 ? 0 : 1, ""]);
    }
    assert.deepEqual(factsUnder(cache), before);
  },
  { ignore: !isRoot },
);

test("uses root's runtime for a user who has none, only if it belongs to root", async (place) => {
  const script = `mount -t tmpfs -o mode=755 none /var/cache
"$1" --version >/dev/null
as_user() { setpriv --reuid 65534 --regid 65534 --clear-groups env "$@"; }
mkdir -m 700 "$2/home" && chown 65534:65534 "$2/home"
as_user HOME="$2/home" "$1" --version; ls -A "$2/home"
as_user -u HOME -u XDG_CACHE_HOME "$1" --version
echo -- changed
chmod 666 /var/cache/certswap/2*/runtime/main.js
as_user HOME="$2/home" "$1" --version; ls -A "$2/home"
chmod 644 /var/cache/certswap/2*/runtime/main.js
rm -r "$2/home/.cache"
echo -- given away
chown 1234 /var/cache/certswap/2*/runtime
as_user HOME="$2/home" "$1" --version; ls -A "$2/home"`;
  const { directory, executable } = place;
  const { stdout, stderr } = await runWithMounts(script, [executable, directory]);
  const once = "certswap [^\\n]+\\nDeno [^\\n]+\\nBuilt [^\\n]+\\n";
  const expected = new RegExp(
    `^${once}${once}-- changed\\n${once}\\.cache\\n-- given away\\n${once}\\.cache\\n$`,
  );
  assert.equal(stderr, "");
  assert.match(stdout, expected);
}, { ignore: !canMount });

test(
  "runs what it has checked, even if a link on the path is changed afterwards",
  async (place) => {
    await giveToRoot(place);
    const { cache, certswap, directory } = place;
    await certswap(["--version"], { env: { CERTSWAP_CACHE: cache }, ...root });
    const [home = ""] = [...Deno.readDirSync(cache)].map(({ name }) => name);
    const theirs = `${directory}/theirs`;
    await Deno.mkdir(`${theirs}/evil/${home}/runtime`, { recursive: true });
    await Deno.writeTextFile(`${theirs}/evil/${home}/runtime/deno`, "#!/bin/sh\necho PWNED\n", {
      mode: 0o755,
    });
    await Deno.symlink(cache, `${theirs}/link`);
    for (const name of ["", "/link", "/evil"]) {
      await run("/bin/chown", [
        "-h",
        "1234",
        theirs + name,
      ]);
    }
    // An ls that exchanges the link as soon as everything has been checked.
    await Deno.mkdir(`${directory}/bin`);
    await Deno.writeTextFile(
      `${directory}/bin/ls`,
      `#!/bin/sh\n/bin/ls "$@"\n/bin/ln -sfn "${theirs}/evil" "${theirs}/link"\n`,
      { mode: 0o755 },
    );
    const env = { CERTSWAP_CACHE: `${theirs}/link`, PATH: `${directory}/bin:/usr/bin:/bin` };
    const { stdout, stderr } = await certswap(["--version"], { env, ...root });
    assert.equal(await Deno.readLink(`${theirs}/link`), `${theirs}/evil`);
    assert.equal(stderr, "");
    assert.match(stdout, version);
  },
  { ignore: !isRoot },
);

test("unpacks nothing at the end of a link that another user can change", async (place) => {
  await giveToRoot(place);
  const { certswap, directory } = place;
  const [theirs, target] = [`${directory}/theirs`, `${directory}/target`];
  for (const path of [theirs, target, `${directory}/sticky`]) await Deno.mkdir(path);
  await Deno.chmod(`${directory}/sticky`, 0o1777);
  for (const [at, link] of [`${theirs}/link`, `${directory}/sticky/link`].entries()) {
    await Deno.symlink(target, link);
    await run("/bin/chown", ["-h", "1234", link]);
    if (at === 0) await Deno.chown(theirs, 1234, 1234);
    for (const below of ["", "/new", "/new/er"]) {
      const env = { CERTSWAP_CACHE: link + below, TMPDIR: "/tmp" };
      const { stdout, stderr } = await certswap(["--version"], { env, ...root });
      assert.match(stdout, version);
      assert.match(stderr, /(others can change|link of another user): running from a temporary/);
      assert.deepEqual(namesUnder(target), []);
    }
  }
  // A link of root's own is followed.
  await Deno.symlink(target, `${directory}/own`);
  const env = { CERTSWAP_CACHE: `${directory}/own/new` };
  assert.equal((await certswap(["--version"], { env, ...root })).stderr, "");
  assert.deepEqual([...Deno.readDirSync(target)].map(({ name }) => name), ["new"]);
}, { ignore: !isRoot });

test("runs nothing from a temporary directory that others can change", async (place) => {
  const { certswap, directory } = place;
  const temporary = `${directory}/temporary`;
  await Deno.mkdir(temporary);
  await Deno.chmod(temporary, 0o777);
  const { code, stdout, stderr } = await certswap(["--version"], { env: { TMPDIR: temporary } });
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /others can change\. Nothing was run\.\n$/);
  assert.deepEqual(namesUnder(temporary), []);
});

test("removes what killed runs left in the temporary directory, and nothing else", async (place) => {
  const { certswap, directory } = place;
  const temporary = `${directory}/temporary`;
  await Deno.mkdir(temporary);
  await giveToOrdinaryUser(temporary);
  const dayBeforeYesterday = new Date(Date.now() - 48 * 60 * 60 * 1000);
  const make = async (name: string, { file = "runtime/deno", isOld = true } = {}) => {
    const path = `${temporary}/${name}`;
    await Deno.mkdir(`${path}/runtime`, { recursive: true });
    await Deno.writeTextFile(`${path}/${file}`, "");
    for (const below of ["/runtime", `/${file}`, ""]) await giveToOrdinaryUser(path + below);
    if (isOld) await Deno.utime(path, dayBeforeYesterday, dayBeforeYesterday);
  };
  await make("certswap.999999999.leftover01");
  await make("certswap.leftover02");
  const kept = [
    "certswap.999999999.fresh00000",
    "certswap.999999999.others0000",
    `certswap.${Deno.pid}.running000`,
    "certswap.notes",
    "elsewhere",
  ];
  await make("certswap.999999999.fresh00000", { isOld: false });
  await make("certswap.999999999.others0000", { file: "notes.txt" });
  await make(`certswap.${Deno.pid}.running000`);
  await make("certswap.notes");
  await make("elsewhere");
  await Deno.symlink("elsewhere", `${temporary}/certswap.999999999.linked0000`);
  if (isRoot) {
    await make("certswap.999999999.foreign000");
    await Deno.chown(`${temporary}/certswap.999999999.foreign000`, 1234, 1234);
    kept.push("certswap.999999999.foreign000");
  }
  const { code, stderr } = await certswap(["--version"], { env: { TMPDIR: temporary } });
  assert.equal(code, 0, stderr);
  const found = [...Deno.readDirSync(temporary)].map(({ name }) => name).sort();
  assert.deepEqual(found, [...kept, "certswap.999999999.linked0000"].sort());
  assert.ok(namesUnder(`${temporary}/elsewhere`).includes("runtime/deno"));
});
