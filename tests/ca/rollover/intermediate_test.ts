/** `ca rollover` of intermediates, and of roots whose keys are elsewhere. */
import assert from "node:assert/strict";
import { readCertificateFile, readSingleCertificateFile } from "../../../lib/x509/mod.ts";
import { verifyChain } from "../../../lib/x509/verify/chain.ts";
import { type TestCa, withHierarchy } from "../../support/ca.ts";
import { refused } from "../../support/refused.ts";
import { testTime } from "../../support/test_world.ts";

async function delivered(ca: TestCa) {
  const out = `${ca.root}/delivered-${crypto.randomUUID()}.pem`;
  await ca.done(["sign", await ca.request("a.csr", { subject: "CN=a" }), "--out", out]);
  return readCertificateFile(Deno.readFileSync(out));
}

async function verifies(ca: TestCa, root: TestCa): Promise<void> {
  const { leaf, chain: intermediates } = await delivered(ca);
  const anchors = [readSingleCertificateFile(Deno.readFileSync(root.path("ca.crt")))];
  await verifyChain({ leaf, intermediates, anchors, at: testTime });
}

Deno.test("an intermediate of the same root replaces another without cross-certificates", async () => {
  await withHierarchy(async ({ root, inter, at }) => {
    const next = at("inter2");
    const words = ["rollover", "start", "--next", next.dataDirectory];
    await refused(inter, words, {
      error: /there is no CA in .*inter2, and .*inter is an intermediate$/,
    });
    await next.done(["init", "--subject", "CN=Inter 2", "--signed-by", root.dataDirectory]);
    // The root is offline from now on.
    Deno.removeSync(root.path("ca.key"));
    await inter.done(words);
    await verifies(inter, root);
    await inter.done(["rollover", "switch"]);
    await verifies(inter, root);
    const { certificates } = JSON.parse(await inter.done(["certificates", "--json"]));
    const subjects = certificates.map(({ subject }: { subject: string }) => subject).toSorted();
    assert.deepEqual(subjects, ["CN=Inter", "CN=Inter 2", "CN=Root"]);
    assert.equal((await delivered(inter)).chain.length, 1);
    await inter.done(["rollover", "finish"]);
    await verifies(inter, root);
  });
});

Deno.test("an intermediate under another root needs cross-certificates from both roots", async () => {
  await withHierarchy(async ({ root, inter, at }) => {
    const [root2, next] = [at("root2"), at("inter2")];
    await root2.done(["init", "--subject", "CN=Root 2"]);
    await next.done(["init", "--subject", "CN=Inter 2", "--signed-by", root2.dataDirectory]);
    const words = ["rollover", "start", "--next", next.dataDirectory];
    await refused(inter, words, {
      error: /a cross-certificate is needed for CN=Root 2 signed by CN=Root$/,
    });
    await root.done(["cross-certify", root2.path("ca.crt")]);
    await root2.done(["cross-certify", root.path("ca.crt")]);
    const file = `${root.root}/cross.pem`;
    Deno.writeTextFileSync(file, root.read("certs/03.pem"));
    await refused(inter, [...words, "--cross", file], {
      error: /cross\.pem contains no cross-certificate for CN=Root signed by CN=Root 2$/,
    });
    Deno.writeTextFileSync(file, root.read("certs/03.pem") + root2.read("certs/03.pem"));
    await inter.done([...words, "--cross", file]);
    for (const anchor of [root, root2]) await verifies(inter, anchor);
    await inter.done(["rollover", "switch"]);
    for (const anchor of [root, root2]) await verifies(inter, anchor);
    await inter.done(["rollover", "finish"]);
    await verifies(inter, root2);
    await assert.rejects(verifies(inter, root));
  });
});

Deno.test("a root that signs intermediates is replaced, and the next one signs the next ones", async () => {
  await withHierarchy(async ({ root, at }) => {
    const [next, third] = [at("root2"), at("inter3")];
    await root.done(["rollover", "start", "--next", next.dataDirectory, "--subject", "CN=Root 2"]);
    await root.done(["rollover", "switch"]);
    await third.done(["init", "--subject", "CN=Inter 3", "--signed-by", root.dataDirectory]);
    assert.match(await next.done(["list"]), /CN=Inter 3/);
    await verifies(third, next);
  });
});
