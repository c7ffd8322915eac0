/**
 * A pair on a file system that is mounted read-only: commands that read work, commands that change say why
 * they cannot, and recovery at boot succeeds if there is nothing to do. Needs root.
 */
import assert from "node:assert/strict";
import { readTree } from "../support/temporary_directory.ts";
import { giveToOrdinaryUser, type Place, withPlace } from "./support/executable.ts";
import { canMount, runWithMounts } from "./support/namespace.ts";
import { makePairs, type PairFilesAt, succeed } from "./support/pairs.ts";

/** Mounts $1 read-only, and runs the other arguments as an ordinary user, with $2 as the cache. */
const readOnly = `
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
cache=$2
shift 2
cd /
exec setpriv --reuid=65534 --regid=65534 --clear-groups env -i CERTSWAP_CACHE="$cache" "$@"`;

/** A directory with an active, a previous and a pending pair. */
async function withDevice(
  work: (device: { tls: string; place: Place; next: PairFilesAt }) => Promise<void>,
): Promise<void> {
  await withPlace(async (place) => {
    const [first, second, third] = await makePairs(place, 3);
    assert(first !== undefined && second !== undefined && third !== undefined);
    const tls = `${place.directory}/tls`;
    await Deno.mkdir(tls);
    await giveToOrdinaryUser(tls);
    const given = ({ cert, key }: PairFilesAt) => ["--new-cert", cert, "--new-key", key];
    await succeed(place, ["swap", "--dir", tls, ...given(first)]);
    await succeed(place, ["swap", "--dir", tls, ...given(second), "--keep-previous"]);
    await succeed(place, ["stage", "--dir", tls, ...given(third)]);
    await work({ tls, place, next: third });
  });
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: !canMount });
}

test("certswap reads a pair on a read-only mount, and has nothing to recover there", async () => {
  await withDevice(async ({ tls, place: { executable, cache } }) => {
    const before = readTree(tls);
    const run = (...words: string[]) =>
      runWithMounts(readOnly, [tls, cache, executable, ...words, "--dir", tls]);
    const status = await run("status");
    assert.match(status.stdout, /^Active pair: valid\n/);
    assert.match(
      status.stderr,
      /^Warning: .*\/tls\/\.certswap is on a file system that is mounted read-only\n/,
    );
    assert.equal(status.code, 0);
    const check = await run("status", "--check");
    assert.match(check.stdout, /^CERTSWAP (?:WARNING|CRITICAL) - .* mounted read-only[;: ].*\|/);
    assert.equal(check.code === 1 || check.code === 2, true);
    assert.deepEqual(await run("recover"), { code: 0, signal: null, stdout: "", stderr: "" });
    for (const command of ["swap", "rollback"]) {
      const { code, stdout, stderr } = await run(command, "--dry-run");
      assert.match(stdout, /\/tls\/cert\.pem/);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    }
    assert.deepEqual(readTree(tls), before);
  });
});

test("certswap reports a read-only mount with exit code 1, and changes nothing", async () => {
  await withDevice(async ({ tls, place: { executable, cache }, next }) => {
    const before = readTree(tls);
    const given = ["--new-cert", next.cert, "--new-key", next.key];
    for (const words of [["swap"], ["swap", ...given], ["stage", ...given], ["rollback"]]) {
      const { code, stdout, stderr } = await runWithMounts(
        readOnly,
        [tls, cache, executable, ...words, "--dir", tls],
      );
      assert.match(
        stderr,
        /^Error: .*read-only file system\nHint: Remount the file system read-write/,
      );
      assert.deepEqual({ code, stdout }, { code: 1, stdout: "" }, words.join(" "));
      assert.deepEqual(readTree(tls), before, words.join(" "));
    }
  });
});

test("certswap says that recovery is needed on a read-only mount, and why it cannot run", async () => {
  await withDevice(async ({ tls, place: { executable, cache } }) => {
    const left = `${tls}/.cert.pem.certswap.tmp`;
    await Deno.writeTextFile(left, "half a certif");
    await giveToOrdinaryUser(left);
    const before = readTree(tls);
    const run = (...words: string[]) =>
      runWithMounts(readOnly, [tls, cache, executable, ...words, "--dir", tls]);
    const status = await run("status");
    assert.equal(status.code, 0, status.stderr);
    assert.match(status.stdout + status.stderr, /recover/i);
    const { code, stderr } = await run("recover");
    assert.match(stderr, /^Error: .*read-only file system\n/);
    assert.equal(code, 1);
    assert.deepEqual(readTree(tls), before);
  });
});
