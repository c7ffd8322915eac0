import assert from "node:assert/strict";
import {
  DanglingLinkError,
  LinkLoopError,
  MissingDirectoryError,
  ReservedPathError,
  SamePathError,
} from "../../../lib/device/errors.ts";
import { resolvePair } from "../../../lib/device/pair/resolve.ts";
import { denoFileSystem, join, WrongFileKindError } from "../../../lib/system/mod.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";

const resolve = (certificate: string, key: string, combined?: string) =>
  resolvePair(denoFileSystem, {
    certificate,
    key,
    ...(combined === undefined ? {} : { combined }),
  });

Deno.test("resolvePair() resolves missing files through their directories", async () => {
  await withTemporaryDirectory((root) => {
    Deno.mkdirSync(join(root, "real"));
    Deno.symlinkSync("real", join(root, "link"));
    const pair = resolve(join(root, "link/cert.pem"), join(root, "real/../key.pem"));
    assert.equal(pair.active.certificate, join(root, "real/cert.pem"));
    assert.equal(pair.active.key, join(root, "key.pem"));
    assert.equal(pair.site.stateDirectory, join(root, "real/.certswap"));
  });
});

Deno.test("resolvePair() uses hidden names for its own files, and knows all of them", async () => {
  await withTemporaryDirectory((root) => {
    const pair = resolve(join(root, "c.pem"), join(root, "k.pem"), join(root, "all.pem"));
    assert.equal(pair.pending.key, join(root, ".k.pem.certswap.pending"));
    assert.equal(pair.previous.certificate, join(root, ".c.pem.certswap.previous"));
    assert.equal(pair.state, join(root, ".certswap/c.pem.state"));
    for (
      const path of [
        pair.active.certificate,
        pair.active.key,
        pair.combined ?? "",
        pair.pending.certificate,
        pair.pending.key,
        pair.previous.certificate,
        pair.previous.key,
        pair.state,
      ]
    ) assert.ok(pair.site.manages(path), path);
    assert.ok(!pair.site.manages(join(root, "other.pem")));
  });
});

const refusals: [
  string,
  new (...parameters: never[]) => Error,
  (root: string) => [string, string],
][] = [
  ["a dangling link", DanglingLinkError, (root) => {
    Deno.symlinkSync("nowhere", join(root, "cert.pem"));
    return ["cert.pem", "key.pem"];
  }],
  ["a looping link", LinkLoopError, (root) => {
    Deno.symlinkSync("cert.pem", join(root, "cert.pem"));
    return ["cert.pem", "key.pem"];
  }],
  ["a missing directory", MissingDirectoryError, () => ["missing/cert.pem", "key.pem"]],
  ["a directory", WrongFileKindError, (root) => {
    Deno.mkdirSync(join(root, "cert.pem"));
    return ["cert.pem", "key.pem"];
  }],
  ["a path that ends in a slash", WrongFileKindError, () => ["cert.pem/", "key.pem"]],
  ["one file as both certificate and key", SamePathError, () => ["both.pem", "both.pem"]],
  ["one file as both, through a link", SamePathError, (root) => {
    Deno.writeTextFileSync(join(root, "both.pem"), "");
    Deno.symlinkSync("both.pem", join(root, "link.pem"));
    return ["link.pem", "both.pem"];
  }],
  ["one of certswap's hidden names", ReservedPathError, () => [".x.certswap.pending", "key.pem"]],
  ["a file in .certswap", ReservedPathError, (root) => {
    Deno.mkdirSync(join(root, ".certswap"));
    return [".certswap/cert.pem", "key.pem"];
  }],
];

for (const [what, error, prepare] of refusals) {
  Deno.test(`resolvePair() refuses ${what}`, async () => {
    await withTemporaryDirectory((root) => {
      const [certificate, key] = prepare(root).map((path) => join(root, path));
      assert.throws(() => resolve(certificate ?? "", key ?? ""), error);
    });
  });
}

Deno.test("resolvePair() refuses a combined file that is the certificate or the key", async () => {
  await withTemporaryDirectory((root) => {
    const [certificate, key] = [join(root, "cert.pem"), join(root, "key.pem")];
    assert.throws(() => resolve(certificate, key, certificate), SamePathError);
    assert.throws(() => resolve(certificate, key, key), SamePathError);
  });
});
