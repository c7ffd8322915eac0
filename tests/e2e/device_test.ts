/**
 * The commands of a device with the executable, as an ordinary user with an empty environment: stage, swap,
 * rollback, and a kill half-way.
 */
import assert from "node:assert/strict";
import { sha256Hex } from "../../lib/system/mod.ts";
import { encodeJournal } from "../../lib/transaction/journal.ts";
import { giveToOrdinaryUser, namesUnder, ordinaryUser, withPlace } from "./support/executable.ts";
import { activePair, makePairs, succeed } from "./support/pairs.ts";

Deno.test("certswap stages, swaps, shows and rolls back, and leaves no other files", async () => {
  await withPlace(async (place) => {
    const { directory } = place;
    const [first, second] = await makePairs(place, 2);
    assert(first !== undefined && second !== undefined);
    const tls = `${directory}/tls`;
    await Deno.mkdir(tls);
    await giveToOrdinaryUser(tls);

    await succeed(place, ["swap", "--dir", tls, "--new-cert", first.cert, "--new-key", first.key]);
    assert.equal(await activePair(tls, [first, second]), first);
    assert.equal(((await Deno.stat(`${tls}/key.pem`)).mode ?? 0) & 0o777, 0o600);

    const trust = ["--trust", `${directory}/ca/ca.crt`];
    const files = ["--new-cert", second.cert, "--new-key", second.key];
    await succeed(place, ["stage", "--dir", tls, ...files, ...trust]);
    assert.equal(await activePair(tls, [first, second]), first);
    const status = JSON.parse(await succeed(place, ["status", "--dir", tls, "--json"]));
    assert.equal(status.active.condition, "valid");
    assert.equal(status.pending.condition, "valid");
    assert.equal(status.active.certificate.subject, "CN=device.example");

    await succeed(place, ["swap", "--dir", tls, "--keep-previous"]);
    assert.equal(await activePair(tls, [first, second]), second);
    await succeed(place, ["rollback", "--dir", tls]);
    assert.equal(await activePair(tls, [first, second]), first);
    assert.deepEqual(namesUnder(tls).filter((name) => !name.startsWith(".certswap/")), [
      "cert.pem",
      "key.pem",
    ]);
  });
});

Deno.test("status --check tells a user who may not read key and state when the pair expires", async () => {
  await withPlace(async (place) => {
    const [pair] = await makePairs(place, 1);
    assert(pair !== undefined);
    const tls = `${place.directory}/tls`;
    await Deno.mkdir(tls);
    await giveToOrdinaryUser(tls);
    await succeed(place, ["swap", "--dir", tls, "--new-cert", pair.cert, "--new-key", pair.key]);
    const check = ["status", "--check", "--dir", tls];
    assert.match(await succeed(place, check), /^CERTSWAP OK - .* \| 'time_left'=[0-9]+s;\S+\n$/);
    // Root's files from now on, if the tests run as root: certswap runs as another user.
    const isRoot = Deno.uid() === 0;
    const secret = [`${tls}/key.pem`, `${tls}/.certswap`];
    for (const path of secret) await (isRoot ? Deno.chown(path, 0, 0) : Deno.chmod(path, 0));
    for (const directory of isRoot ? [place.directory, tls] : []) {
      await Deno.chown(directory, 0, 0);
      await Deno.chmod(directory, 0o755);
    }
    const { code, stdout } = await place.certswap(check);
    if (!isRoot) {
      // They are still this user's, who could not write there.
      await Deno.chmod(`${tls}/.certswap`, 0o700);
      assert.match(stdout, /^CERTSWAP WARNING - .* \(key and state not checked: /);
      return;
    }
    assert.match(stdout, /^CERTSWAP OK - .* \(key and state not checked: permission denied\) \| /);
    assert.equal(code, 0);
    const bogus = await place.certswap(["status", "--check", "--bogus"]);
    assert.match(bogus.stdout, /^CERTSWAP UNKNOWN - unknown flag --bogus/);
    assert.equal(bogus.code, 3);
  });
});

Deno.test("certswap refuses a key of another pair, and changes nothing", async () => {
  await withPlace(async (place) => {
    const [first, second] = await makePairs(place, 2);
    assert(first !== undefined && second !== undefined);
    const tls = `${place.directory}/tls`;
    await Deno.mkdir(tls);
    await giveToOrdinaryUser(tls);
    const { code, stdout, stderr } = await place.certswap([
      ...["swap", "--dir", tls],
      ...["--new-cert", first.cert, "--new-key", second.key],
    ]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^Error: .*\nHint: /);
    assert.deepEqual(namesUnder(tls).filter((name) => name.endsWith(".pem")), []);
  });
});

Deno.test("certswap has the old pair or the new one after a SIGKILL at any moment of a swap", async () => {
  await withPlace(async (place) => {
    const pairs = await makePairs(place, 2);
    const tls = `${place.directory}/tls`;
    await Deno.mkdir(tls);
    await giveToOrdinaryUser(tls);
    const swap = ({ cert, key }: { cert: string; key: string }): string[] => [
      ...["swap", "--dir", tls, "--new-cert", cert, "--new-key", key, "--allow-older"],
    ];
    const [first] = pairs;
    assert(first !== undefined);
    await succeed(place, swap(first));
    const begin = performance.now();
    await succeed(place, swap(pairs[1] ?? first));
    const duration = performance.now() - begin;

    let killed = 0;
    for (let round = 0; round < 60; round++) {
      const child = new Deno.Command(place.executable, {
        args: swap(pairs[round % 2] ?? first),
        clearEnv: true,
        env: { CERTSWAP_CACHE: place.cache },
        ...ordinaryUser,
        stdout: "null",
        stderr: "null",
      }).spawn();
      // The runtime takes most of the time: the swap itself comes late.
      await new Promise((resolve) => setTimeout(resolve, duration * (0.5 + 0.6 * Math.random())));
      try {
        child.kill("SIGKILL");
      } catch {
        // It has already ended.
      }
      if ((await child.status).signal === "SIGKILL") killed++;
      await succeed(place, ["recover", "--dir", tls]);
      assert.notEqual(await activePair(tls, pairs), undefined, `round ${round}`);
      assert.deepEqual(namesUnder(tls).filter((name) => name.includes(".certswap.")), []);
    }
    assert.ok(killed > 5, `only ${killed} swaps were killed`);
  });
});

Deno.test("recover obeys a journal, and refuses one that is torn", async () => {
  await withPlace(async (place) => {
    const [pair] = await makePairs(place, 1);
    assert(pair !== undefined);
    const tls = `${place.directory}/tls`;
    await Deno.mkdir(tls);
    await giveToOrdinaryUser(tls);
    await succeed(place, ["swap", "--dir", tls, "--new-cert", pair.cert, "--new-key", pair.key]);

    // What a swap leaves that was killed after its commit point, before it renamed anything.
    const target = `${tls}/cert.pem`;
    const old = await sha256Hex(await Deno.readFile(target));
    const records = [{ kind: "replace", target, old, new: "0".repeat(64) }] as const;
    const site = { stateDirectory: `${tls}/.certswap`, name: "cert.pem" };
    const manages = (): boolean => true;
    const journal = await encodeJournal({ ...site, directories: [tls], manages }, records);
    const path = `${tls}/.certswap/cert.pem.journal`;
    const leave = async (content: Uint8Array): Promise<void> => {
      await Deno.writeFile(path, content, { mode: 0o600 });
      await giveToOrdinaryUser(path);
    };

    await leave(journal.subarray(0, -10));
    const torn = await place.certswap(["recover", "--dir", tls]);
    assert.equal(torn.code, 4, torn.stderr);
    assert.match(torn.stderr, /^Error: .*journal/);
    assert.deepEqual(await Deno.readFile(path), journal.slice(0, -10));

    await leave(journal);
    await succeed(place, ["recover", "--dir", tls]);
    assert.equal(namesUnder(tls).includes(".certswap/cert.pem.journal"), false);
    assert.equal(await activePair(tls, [pair]), pair);
  });
});
