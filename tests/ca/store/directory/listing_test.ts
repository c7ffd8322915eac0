/** What commands read from a data directory with very many certificates. */
import assert from "node:assert/strict";
import { denoFileSystem } from "../../../../lib/system/mod.ts";
import { withCa } from "../../../support/ca.ts";
import { watchedFileSystem } from "../../../support/watched_file_system.ts";

Deno.test("ca sign lists certs/ once, for recovery and for the numbers in use", async () => {
  await withCa(async (ca) => {
    const request = await ca.request();
    await ca.done(["sign", request, request]);
    let listed = 0;
    const files = watchedFileSystem(denoFileSystem, (operation, path) => {
      if (operation === "readdir" && path === ca.path("certs")) listed++;
    });
    await ca.done(["sign", request], { files });
    assert.equal(listed, 1);
  });
});

Deno.test("no command that changes the CA opens earlier certificates with other names", async () => {
  await withCa(async (ca) => {
    const earlier = await ca.request();
    const single = await ca.request("single.csr", { subject: "CN=single.example" });
    await ca.done(["sign", earlier, earlier, single]);
    const request = await ca.request("other.csr", { subject: "CN=other.example" });
    const opened: string[] = [];
    const files = watchedFileSystem(denoFileSystem, (operation, path) => {
      if (operation === "open" && /\/0[23]\.pem$/.test(path)) opened.push(path);
    });
    for (const words of [["sign", request], ["revoke", "04"], ["crl"]]) {
      await ca.done(words, { files });
    }
    assert.deepEqual(opened, []);
  });
});
