/** Interrupted changes, and how a CA recovers from them. */
import assert from "node:assert/strict";
import { encodeWithChecksum } from "../../lib/transaction/journal.ts";
import { sha256Hex } from "../../lib/system/mod.ts";
import { type TestCa, withCa, withNoCa } from "../support/ca.ts";
import { refused } from "../support/refused.ts";

const hashOf = (text: string): Promise<string> => sha256Hex(new TextEncoder().encode(text));

/** Leaves a CA as killed just after the commit of a revocation and a counter: nothing is applied yet. */
async function leaveJournal(ca: TestCa, { onlyOld = false } = {}): Promise<void> {
  const entries = [];
  for (const [name, content] of [["serial", "0a\n"], ["crlnumber", "0b\n"]] as const) {
    entries.push({
      kind: "replace",
      target: name,
      old: await hashOf(ca.read(name)),
      new: await hashOf(content),
    });
    ca.write(`.${name}.certswap.bak`, ca.read(name));
    if (!onlyOld) ca.write(`.${name}.certswap.tmp`, content);
  }
  const journal = { format: "certswap journal", version: 1, entries };
  const text = `${JSON.stringify(journal, null, 2)}\n`;
  Deno.writeFileSync(ca.path(".certswap/ca.journal"), await encodeWithChecksum(text), {
    mode: 0o600,
  });
}

Deno.test("ca recover finishes a committed change, and reports it", async () => {
  await withCa(async (ca) => {
    await leaveJournal(ca);
    const planned = await ca.run(["recover", "--dry-run"]);
    assert.match(planned.stdout, /^Recovery would finish an interrupted change of\n/);
    assert.equal(ca.read("serial"), "02\n");
    assert.match(await ca.done(["recover"]), /^Recovered: finished an interrupted change/);
    assert.deepEqual([ca.read("serial"), ca.read("crlnumber")], ["0a\n", "0b\n"]);
    assert.equal(await ca.done(["recover"]), "");
    assert.match(await ca.done(["check"]), /^CA check: OK\n/);
  });
});

Deno.test("every command that changes the CA recovers first", async () => {
  for (const words of [["revoke", "02"], ["crl"], ["check", "--repair"]]) {
    await withCa(async (ca) => {
      await leaveJournal(ca);
      const { stderr } = await ca.run(words);
      if (words[0] !== "revoke") assert.match(stderr, /^Recovered: /);
      assert.equal(ca.read("serial"), "0a\n");
    });
  }
});

Deno.test("a change to files modified by another program is not recovered without --keep", async () => {
  for (const [keep, serial] of [["old", "02\n"], ["new", "0a\n"]] as const) {
    await withCa(async (ca) => {
      await leaveJournal(ca);
      Deno.renameSync(ca.path(".crlnumber.certswap.tmp"), ca.path("crlnumber"));
      ca.write("serial", "ff\n");
      const before = ca.tree();
      for (const words of [["crl"], ["recover"], ["recover", "--dry-run"]]) {
        const { exit } = await ca.run(words);
        assert.equal(exit, 4);
      }
      assert.deepEqual(ca.tree(), before);
      await ca.done(["recover", "--keep", keep]);
      assert.equal(ca.read("serial"), serial);
    });
  }
});

Deno.test("a journal that names a file outside the CA is refused, and nothing is touched", async () => {
  for (
    const target of ["../outside", "ca.key/x", "certs/../../outside", "certs/0G.pem", "/etc/passwd"]
  ) {
    await withCa(async (ca) => {
      const entry = { kind: "create", target, new: await hashOf("x") };
      const journal = { format: "certswap journal", version: 1, entries: [entry] };
      const text = `${JSON.stringify(journal, null, 2)}\n`;
      Deno.writeFileSync(ca.path(".certswap/ca.journal"), await encodeWithChecksum(text), {
        mode: 0o600,
      });
      const before = ca.tree();
      const { exit, stderr } = await ca.run(["crl"]);
      assert.equal(exit, 4, stderr);
      assert.match(stderr, /names a file that this command does not manage/);
      assert.deepEqual(ca.tree(), before);
    });
  }
});

Deno.test("a read-only command reports that an interrupted init needs recovery", async () => {
  for (const applied of [[], ["ca.key"]]) {
    await withCa(async (ca) => {
      const entries = [];
      for (const name of ["ca.key", "ca.crt"]) {
        entries.push({ kind: "create", target: name, new: await hashOf(ca.read(name)) });
        if (applied.includes(name)) continue;
        Deno.renameSync(ca.path(name), ca.path(`.${name}.certswap.tmp`));
      }
      const text = `${
        JSON.stringify({ format: "certswap journal", version: 1, entries }, null, 2)
      }\n`;
      Deno.writeFileSync(ca.path(".certswap/ca.journal"), await encodeWithChecksum(text), {
        mode: 0o600,
      });
      const before = ca.tree();
      for (const words of [["list"], ["check"], ["verify", "x.pem"]]) {
        const { exit, stderr } = await ca.run(words);
        const [error, hint] = stderr.split("\n");
        assert.equal(exit, 1);
        assert.match(
          error ?? "",
          applied.length === 0 ? /CA not initialized/ : /ca\.crt is missing$/,
        );
        assert.match(hint ?? "", /^Hint: .*'certswap ca recover --data-dir \S+'/);
      }
      assert.deepEqual(ca.tree(), before);
      await ca.done(["recover"]);
      assert.equal(await ca.done(["list"]), "No certificates issued.\n");
    });
  }
});

for (const words of [["recover"], ["recover", "--dry-run"]]) {
  Deno.test(`ca ${words.join(" ")} without a CA reports that, and creates nothing`, async () => {
    await withNoCa(async (ca) => {
      const error = "CA not initialized. Run 'ca init' first.";
      await refused(ca, words, { error });
      Deno.mkdirSync(ca.dataDirectory);
      await refused(ca, words, { error });
    });
    await withCa(async (ca) => {
      Deno.removeSync(ca.path("ca.crt"));
      const error = `CA incomplete at ${ca.dataDirectory}: ca.crt is missing`;
      await refused(ca, words, { error });
    });
  });
}
