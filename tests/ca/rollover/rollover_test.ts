/** `ca rollover`: one CA replaces another, in steps that can be reversed up to the next one. */
import assert from "node:assert/strict";
import { hour } from "../../../lib/system/mod.ts";
import {
  type Certificate,
  formatName,
  readCertificateFile,
  readSingleCertificateFile,
} from "../../../lib/x509/mod.ts";
import { verifyChain } from "../../../lib/x509/verify/chain.ts";
import { type TestCa, testCa, withNoCa } from "../../support/ca.ts";
import { encryptKeyOf, passphraseFile, testPassphrase } from "../../support/encrypted_key.ts";
import { refused } from "../../support/refused.ts";
import { testTime } from "../../support/test_world.ts";
import { later } from "./later.ts";

const young = "CN=Root G2";

interface Cas {
  readonly old: TestCa;
  readonly next: TestCa;
}

/** An old root, and the place of the next one. */
async function withOldRoot(
  work: (cas: Cas) => Promise<void>,
  flags: readonly string[] = [],
): Promise<void> {
  await withNoCa(async ({ root }) => {
    const [old, next] = [testCa(root, "old"), testCa(root, "next")];
    await old.done(["init", "--subject", "CN=Root", ...flags]);
    await work({ old, next });
  });
}

/** A rollover that was started. */
const withStarted = (work: (cas: Cas) => Promise<void>, flags: readonly string[] = []) =>
  withOldRoot(async (cas) => {
    await start(cas);
    await work(cas);
  }, flags);

const start = ({ old, next }: Cas, flags: readonly string[] = []): Promise<string> =>
  old.done(["rollover", "start", "--next", next.dataDirectory, "--subject", young, ...flags]);

const subjectsOf = async (ca: TestCa, now = testTime): Promise<readonly string[]> => {
  const { certificates } = JSON.parse(await ca.done(["certificates", "--json"], { now }));
  return certificates.map(({ subject }: { readonly subject: string }) => subject).toSorted();
};

const statusOf = async (ca: TestCa, now = testTime) =>
  JSON.parse(await ca.done(["rollover", "status", "--json"], { now }));

/** Signs a request for a device with this CA. */
async function signed(ca: TestCa, name: string, now = testTime): Promise<readonly Certificate[]> {
  const out = `${ca.root}/${name}-${now.getTime()}.pem`;
  const request = await ca.request(`${name}.csr`, { subject: `CN=${name}` });
  await ca.done(["sign", request, "--out", out], { now });
  const { leaf, chain } = readCertificateFile(Deno.readFileSync(out));
  return [leaf, ...chain];
}

const rootOf = (ca: TestCa): Certificate =>
  readSingleCertificateFile(Deno.readFileSync(ca.path("ca.crt")));

for (const store of ["directory", "sqlite"]) {
  Deno.test(`${store}: in each phase, a leaf verifies with every root that clients may have`, async () => {
    await withOldRoot(async (cas) => {
      const { old, next } = cas;
      const verifies = async (
        [leaf, ...intermediates]: readonly Certificate[],
        ca: TestCa,
      ): Promise<void> => {
        assert.ok(leaf !== undefined);
        const at = new Date(testTime.getTime() + 10 * hour);
        await verifyChain({ leaf, intermediates, anchors: [rootOf(ca)], at });
      };
      assert.equal(
        await old.done(["rollover", "status"]).then((text) => text.split("\n")[0]),
        "No rollover.",
      );
      await verifies(await signed(old, "a"), old);
      const started = await start(cas);
      assert.match(started, /^Rollover started\. The next CA is in .*\/next\.$/m);
      assert.match(
        started,
        /'certswap install systemd --ca \/\S+' instead, then the commands that it/,
      );
      assert.match(started, /'certswap ca serve --data-dir \/\S+\/next'\.$/m, "not the old CA");
      assert.deepEqual(await subjectsOf(old), ["CN=Root", "CN=Root", young, young]);
      assert.deepEqual(await subjectsOf(next), await subjectsOf(old));
      const between = await signed(old, "b", later(1).now);
      assert.equal(formatName(between[0]?.issuer ?? assert.fail()), "CN=Root");
      for (const ca of [old, next]) await verifies(between, ca);

      const { exit, stderr, stdout } = await old.run(["rollover", "switch"], later(2));
      assert.equal(exit, 0, stderr);
      assert.match(stdout, /^Switched: the CA in .*\/next issues instead of this one\.$/m);
      const after = await signed(old, "a", later(3).now);
      assert.equal(formatName(after[0]?.issuer ?? assert.fail()), young);
      for (const ca of [old, next]) await verifies(after, ca);
      const status = await statusOf(old, later(4).now);
      assert.deepEqual(status.devices, { withOld: 2, moved: 1, fetched: 0 });
      assert.deepEqual(status.remaining.map(({ subject }: { subject: string }) => subject), [
        "CN=b",
      ]);
      // What was issued before can still be revoked by the CA that has issued it.
      await old.done(["revoke", between[0]?.serialNumber ?? ""], later(4));
      await old.done(["rollover", "finish"], later(5));
      assert.deepEqual(await subjectsOf(old), [young]);
      assert.deepEqual(await subjectsOf(next), [young]);
      const last = await signed(old, "c", later(6).now);
      assert.equal(last.length, 1, "the cross-certificate is still delivered");
      await verifies(last, next);
      for (const ca of [old, next]) {
        await ca.done(["crl"], later(7));
        assert.match(await ca.done(["check"], later(7)), /^CA check: OK/);
      }
      assert.match(await old.done(["history"], later(7)), / rollover +finished, /);
    }, ["--store", store]);
  });

  Deno.test(`${store}: a rollover can be reversed in each phase up to the next one`, async () => {
    await withStarted(async ({ old, next }) => {
      const before = await subjectsOf(old);
      await old.done(["rollover", "switch"]);
      const [moved] = await signed(old, "a", later(1).now);
      assert.equal(formatName(moved?.issuer ?? assert.fail()), young);
      assert.match(await old.done(["rollover", "switch", "--back"], later(2)), /^Switched back/);
      assert.deepEqual(await subjectsOf(old), before);
      const [again] = await signed(old, "b", later(3).now);
      assert.equal(formatName(again?.issuer ?? assert.fail()), "CN=Root");
      // The device with a certificate of the next CA would be left alone.
      const { exit, stderr } = await old.run(["rollover", "cancel"], later(4));
      assert.equal(exit, 1);
      assert.match(
        stderr,
        /1 active certificate of .*\/next has not been replaced by the other CA/,
      );
      await signed(old, "a", later(5).now);
      await old.done(["rollover", "cancel"], later(6));
      assert.deepEqual(await subjectsOf(old), ["CN=Root"]);
      assert.deepEqual(await subjectsOf(next), [young]);
      for (const ca of [old, next]) {
        assert.match(await ca.done(["list", "--revoked"], later(7)), /CN=Root/);
        assert.match(await ca.done(["check"], later(7)), /^CA check: OK/);
      }
      // A later start uses the same CA, with new cross-certificates.
      const again2 = ["rollover", "start", "--next", next.dataDirectory];
      await old.done(again2, later(8));
      assert.equal((await subjectsOf(old, later(9).now)).length, 4);
    }, ["--store", store]);
  });

  Deno.test(`${store}: one-time secrets and waiting requests are with the CA that issues`, async () => {
    await withStarted(async ({ old, next }) => {
      const idsOf = async (ca: TestCa): Promise<readonly string[]> => {
        const { tokens } = JSON.parse(await ca.done(["token", "list", "--json"]));
        return tokens.map(({ id }: { readonly id: string }) => id).toSorted();
      };
      await old.done(["token", "create"]);
      const [first] = await idsOf(old);
      assert.deepEqual(await idsOf(next), []);
      await old.done(["rollover", "switch"]);
      assert.deepEqual(await idsOf(next), [first]);
      // The commands of the old CA are about those of the next one.
      assert.deepEqual(await idsOf(old), [first]);
      await old.done(["token", "create"]);
      assert.equal((await idsOf(next)).length, 2);
      await old.done(["rollover", "switch", "--back"]);
      assert.deepEqual(await idsOf(next), []);
      assert.equal((await idsOf(old)).length, 2);
      await old.done(["token", "revoke", first ?? ""]);
      assert.equal((await idsOf(old)).length, 1);
    }, ["--store", store]);
  });
}

Deno.test("each step can be repeated, and changes nothing the second time", async () => {
  await withStarted(async (cas) => {
    const { old } = cas;
    const repeated = async (words: readonly string[]): Promise<void> => {
      const settled = (tree: readonly string[]): readonly string[] =>
        tree.filter((line) => !line.includes(".certswap"));
      const before = settled(old.tree());
      assert.match(
        await old.done(["rollover", ...words]),
        /^Nothing to do: this step was made before\.$/m,
      );
      assert.deepEqual(settled(old.tree()), before);
    };
    await repeated(["start", "--next", cas.next.dataDirectory]);
    await repeated(["switch", "--back"]);
    await old.done(["rollover", "switch"]);
    await repeated(["switch"]);
    await old.done(["rollover", "switch", "--back"]);
    await old.done(["rollover", "cancel"]);
    await repeated(["cancel"]);
    await old.done(["rollover", "start", "--next", cas.next.dataDirectory]);
    await old.done(["rollover", "switch"]);
    await old.done(["rollover", "finish"]);
    await repeated(["finish"]);
  });
});

Deno.test("every step in a wrong order is refused, with the command that is possible", async () => {
  await withOldRoot(async (cas) => {
    const { old, next } = cas;
    const isRefused = async (words: readonly string[], error: RegExp, hint: RegExp) => {
      assert.match(await refused(old, ["rollover", ...words], { error }), hint);
    };
    const starting = ["start", "--next", next.dataDirectory];
    for (const words of [["switch"], ["switch", "--back"], ["finish"], ["cancel"]]) {
      await isRefused(words, /no rollover of .*\/old is in progress/, /rollover start/);
    }
    await isRefused(starting, /there is no CA in .*\/next yet/, /--subject/);
    await start(cas);
    await isRefused(["finish"], /does not issue yet/, /rollover switch/);
    await isRefused(
      ["start", "--next", `${next.dataDirectory}2`],
      /in progress with another CA/,
      /cancel/,
    );
    await old.done(["rollover", "switch"]);
    await isRefused(["cancel"], / already issues instead$/m, /switch --data-dir \S+ --back$/m);
    await isRefused(starting, / already issues instead$/m, /switch --data-dir \S+ --back$/m);
    await old.done(["rollover", "finish"]);
    for (const words of [["switch"], ["switch", "--back"], ["cancel"], starting]) {
      await isRefused(words, /is finished: .*\/next has replaced it/, /start --data-dir .*\/next/);
    }
  });
});

Deno.test("finish leaves devices behind only if their exact number is accepted", async () => {
  await withStarted(async ({ old }) => {
    await signed(old, "a");
    await signed(old, "b");
    await old.done(["rollover", "switch"], later(1));
    const error = /2 active certificates of .*\/old have not been replaced by the other CA$/;
    assert.match(
      await refused(old, ["rollover", "finish"], { error, now: later(2).now }),
      /--leave-behind 2$/m,
    );
    await refused(old, ["rollover", "finish", "--leave-behind", "1"], {
      error: /but --leave-behind says 1$/,
      now: later(2).now,
    });
    await refused(old, ["rollover", "finish", "--leave-behind", "0"], {
      error: /--leave-behind/,
      exit: 2,
    });
    await old.done(["rollover", "finish", "--leave-behind", "2"], later(2));
  });
});

Deno.test("a next CA that cannot replace this one is refused before anything has changed", async () => {
  await withOldRoot(async ({ old, next }) => {
    const starting = (directory: string, ...flags: readonly string[]) => [
      ...["rollover", "start", "--next", directory],
      ...flags,
    ];
    const { dataDirectory } = next;
    await refused(old, starting(old.dataDirectory), {
      error: /--next and --data-dir name the same directory/,
    });
    await refused(old, starting(dataDirectory, "--subject", "CN=Root"), {
      error: /the next CA would have the subject of/,
    });
    await refused(old, starting(dataDirectory, "--subject", "nonsense"), {
      error: /nonsense/,
      exit: 2,
    });
    const same = testCa(old.root, "same");
    await same.done(["init", "--subject", "CN=Root"]);
    await refused(old, starting(same.dataDirectory), {
      error: /the next CA would have the subject of/,
    });
    const pending = testCa(old.root, "pending");
    await pending.done(["init", "--subject", "CN=P", "--request", `${old.root}/p.csr`]);
    await refused(old, starting(pending.dataDirectory), { error: /CA incomplete at .*pending/ });
    const copy = testCa(old.root, "copy");
    await copy.done(["init", "--subject", young]);
    await refused(old, starting(copy.dataDirectory, "--subject", "CN=Else"), {
      error: /already a CA in .*copy, with another subject/,
    });
    Deno.removeSync(copy.path("ca.key"));
    await refused(old, starting(copy.dataDirectory), { error: /CA private key not available/ });
    Deno.removeSync(old.path("ca.key"));
    await refused(old, starting(dataDirectory, "--subject", young), {
      error: /^Error: CA private key not available at .*old\/ca\.key$/,
    });
  });
});

Deno.test("the settings of both CAs must fit together", async () => {
  await withOldRoot(async (cas) => {
    const { old, next } = cas;
    old.write(
      "ca.toml",
      '[addresses]\ncrl = ["http://ca.example/ca.crl"]\n[profile.meter]\nvalidity = "30d"\n',
    );
    Deno.mkdirSync(next.dataDirectory);
    next.write("ca.toml", '[addresses]\ncrl = ["http://ca.example/ca.crl"]\n');
    const words = ["rollover", "start", "--next", next.dataDirectory, "--subject", young];
    await refused(old, words, {
      error: /write the same address into certificates: http:\/\/ca\.example\/ca\.crl$/,
    });
    next.write("ca.toml", '[addresses]\ncrl = ["http://ca.example/g2.crl"]\n');
    await start(cas);
    await refused(old, ["rollover", "switch"], { error: /lacks these profiles: meter$/ });
    next.write("ca.toml", '[profile.meter]\nvalidity = "60d"\n');
    await old.done(["rollover", "switch"]);
    const request = await old.request("m.csr", { subject: "CN=m" });
    const { issued: [leaf] } = JSON.parse(
      await old.done(["sign", "--profile", "meter", request, "--json"]),
    );
    assert.equal(Date.parse(leaf.notAfter) - testTime.getTime(), 60 * 24 * hour);
  });
});

Deno.test("with an encrypted key, the next key is encrypted with the same passphrase", async () => {
  await withOldRoot(async (cas) => {
    const { old, next } = cas;
    await encryptKeyOf(old);
    const flags = ["--passphrase-file", passphraseFile(old, `${testPassphrase}\n`)];
    await start(cas, flags);
    assert.match(next.read("ca.key"), /BEGIN ENCRYPTED PRIVATE KEY/);
    await refused(old, ["rollover", "switch"], { error: /passphrase/ });
    await old.done(["rollover", "switch", ...flags]);
    const request = await old.request("a.csr");
    const text = await old.done(["sign", request, ...flags]);
    assert.match(text, /Certificate: .*\/next\/certs\/03\.pem/);
  });
});

Deno.test("a damaged rollover.json, or a next CA that is gone, stops issuing with a reason", async () => {
  await withStarted(async ({ old, next }) => {
    await old.done(["rollover", "switch"]);
    const request = await old.request("a.csr");
    const isRefused = (error: RegExp) => refused(old, ["sign", request], { error });
    Deno.renameSync(next.dataDirectory, `${next.dataDirectory}-moved`);
    assert.match(
      await isRefused(/cannot use the CA in .*\/next, which replaces the one in/),
      /Mount or restore/,
    );
    await next.done(["init", "--subject", young]);
    await isRefused(/the CA there has a different key from the recorded one/);
    const good = old.read("rollover.json");
    const { phase: _, ...others } = JSON.parse(good);
    for (
      const bad of ["", "{", "[]", "null", "\0", JSON.stringify(others), good.replace("/", "x/")]
    ) {
      old.write("rollover.json", bad);
      await isRefused(/rollover\.json is corrupt$/);
    }
    old.write("rollover.json", good.replace('"version": 1', '"version": 2'));
    await isRefused(/rollover\.json was written by a newer certswap$/);
  });
});

Deno.test("a rollover with a lost next CA can be cancelled", async () => {
  await withStarted(async ({ old, next }) => {
    Deno.removeSync(next.dataDirectory, { recursive: true });
    await refused(old, ["rollover", "cancel"], { error: /cannot use the CA in/ });
    await old.done(["rollover", "cancel", "--next-is-lost"]);
    assert.deepEqual(await subjectsOf(old), ["CN=Root"]);
    assert.match(await old.done(["list", "--revoked"]), /CN=Root G2/);
  });
});

Deno.test("a start that was interrupted after each of its changes continues", async () => {
  for (const fails of ["cross", "bundle"] as const) {
    await withOldRoot(async (cas) => {
      const { old, next } = cas;
      // A link instead of a file that is to be replaced makes that change fail.
      const ca = fails === "cross" ? next : old;
      if (fails === "cross") {
        await next.done(["init", "--subject", young]);
        Deno.removeSync(next.path("index.json"));
      } else {
        Deno.symlinkSync("elsewhere", ca.path("ca-bundle.pem"));
      }
      const words = ["rollover", "start", "--next", next.dataDirectory, "--subject", young];
      const failed = await old.run(words);
      assert.equal(failed.exit, 1);
      if (fails === "cross") next.write("index.json", "[]");
      else Deno.removeSync(ca.path("ca-bundle.pem"));
      await old.done(words);
      const { certificates } = JSON.parse(await old.done(["list", "--json"]));
      assert.equal(certificates.length, 1, "the old root signed the new one once");
      assert.equal((await subjectsOf(old)).length, 4);
      for (const one of [old, next]) {
        assert.match(await one.done(["check"]), /^CA check: OK/);
      }
    });
  }
});

Deno.test("a CA that has replaced one is replaced in turn, and the first directory follows", async () => {
  await withStarted(async ({ old, next }) => {
    const third = testCa(old.root, "third");
    await old.done(["rollover", "switch"]);
    await old.done(["rollover", "finish"]);
    await next.done([
      "rollover",
      "start",
      "--next",
      third.dataDirectory,
      "--subject",
      "CN=Root G3",
    ]);
    await next.done(["rollover", "switch"]);
    const [leaf] = await signed(old, "a");
    assert.equal(formatName(leaf?.issuer ?? assert.fail()), "CN=Root G3");
    await refused(next, ["rollover", "start", "--next", old.dataDirectory], {
      error: /already issues/,
    });
    await refused(third, ["rollover", "start", "--next", old.dataDirectory], {
      error: /is itself being replaced, or was/,
    });
  });
});

Deno.test("ca sign --renew of a certificate of the replaced CA keeps its profile", async () => {
  await withStarted(async ({ old }) => {
    const request = await old.request("a.csr", { subject: "CN=a" });
    await old.done(["sign", "--profile", "server", request]);
    await old.done(["rollover", "switch"]);
    const { issued: [leaf], signedBy } = JSON.parse(
      await old.done(["sign", "--renew", "03", request, "--json"], later(1)),
    );
    assert.equal(leaf.profile, "server");
    assert.match(signedBy, /\/next$/);
  });
});
