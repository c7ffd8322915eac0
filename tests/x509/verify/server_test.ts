import assert from "node:assert/strict";
import { readCertificate, requireServer } from "../../../lib/x509/mod.ts";
import { makeAuthority } from "../../support/pairs.ts";
import { testTime as at } from "../../support/test_world.ts";

const authority = await makeAuthority();
const anchors = [readCertificate(authority.certificateDer)];

/** Judges a leaf with these names against a host. */
async function judge(names: readonly string[], host: string): Promise<string> {
  const { certificateDer } = await authority.issue({ subject: "CN=db.example", names });
  try {
    await requireServer([certificateDer], { host, anchors, at });
    return "accepted";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const mismatch = "chain-host-mismatch";

Deno.test("a server is known by an alternative name, never by its common name", async () => {
  assert.equal(await judge(["DNS:db.example"], "db.example"), "accepted");
  assert.equal(await judge(["DNS:DB.Example"], "db.EXAMPLE."), "accepted");
  assert.equal(await judge(["DNS:other.example"], "db.example"), mismatch);
  assert.equal(await judge([], "db.example"), mismatch);
  assert.equal(
    await judge(["URI:https://db.example/", "email:a@db.example"], "db.example"),
    mismatch,
  );
});

Deno.test("a wildcard matches exactly one label, the first", async () => {
  assert.equal(await judge(["DNS:*.db.example"], "a.db.example"), "accepted");
  assert.equal(await judge(["DNS:*.db.example"], "db.example"), mismatch);
  assert.equal(await judge(["DNS:*.db.example"], "a.b.db.example"), mismatch);
  assert.equal(await judge(["DNS:*.example"], "db.example"), mismatch);
});

Deno.test("an address is known by an alternative name of that kind", async () => {
  assert.equal(await judge(["IP:192.0.2.1"], "192.0.2.1"), "accepted");
  assert.equal(await judge(["IP:2001:db8::1"], "2001:db8:0::1"), "accepted");
  assert.equal(await judge(["IP:192.0.2.2"], "192.0.2.1"), mismatch);
  assert.equal(await judge(["DNS:192.0.2.1"], "192.0.2.1"), mismatch);
});

Deno.test("a server needs a chain to an anchor, and a certificate for servers", async () => {
  const names = ["DNS:db.example"];
  const host = "db.example";
  const client = await authority.issue({ names, purposes: ["1.3.6.1.5.5.7.3.2"] });
  await assert.rejects(requireServer([client.certificateDer], { host, anchors, at }), {
    code: "chain-purpose-not-allowed",
  });
  const lower = await authority.subordinate({ subject: "CN=Lower" });
  const { certificateDer } = await lower.issue({ names });
  const chain = [certificateDer, lower.certificateDer] as const;
  await requireServer(chain, { host, anchors, at });
  await assert.rejects(requireServer([certificateDer], { host, anchors, at }), {
    code: "chain-issuer-not-found",
  });
  const later = new Date("2028-01-01T00:00:00Z");
  await assert.rejects(requireServer(chain, { host, anchors, at: later }), {
    code: "chain-expired",
  });
});
