import assert from "node:assert/strict";
import { pairOf } from "../../../lib/protocol/pkcs12/identity.ts";
import { type Authority, makeAuthority, type TestPair } from "../../support/pairs.ts";
import fc from "../../support/properties.ts";
import { utf8 } from "./testdata.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const root = await makeAuthority();
const upper = await root.subordinate({ subject: "CN=Upper" });
const lower = await upper.subordinate({ subject: "CN=Lower" });
const pair = await lower.issue();

const bag = (der: Bytes, localKeyId?: Bytes) => ({ der, localKeyId, friendlyName: undefined });

/** The DER of the leaf and its chain. */
async function chosen(
  { pkcs8 }: TestPair,
  certificates: readonly ReturnType<typeof bag>[],
  localKeyId?: Bytes,
): Promise<Bytes[]> {
  const { leaf, chain } = await pairOf({ key: { pkcs8, localKeyId }, certificates });
  return [leaf, ...chain].map(({ der }) => der);
}

const dersOf = (...authorities: readonly Authority[]): Bytes[] =>
  authorities.map(({ certificateDer }) => certificateDer);

Deno.test("pairOf() finds leaf and chain in any order, and leaves out the root", async () => {
  const others = [await root.issue(), await lower.issue()].map(({ certificateDer }) =>
    certificateDer
  );
  const all = [pair.certificateDer, ...dersOf(lower, upper, root), ...others];
  const expected = [pair.certificateDer, ...dersOf(lower, upper)];
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(all, { minLength: all.length }), async (shuffled) => {
      assert.deepEqual(await chosen(pair, shuffled.map((der) => bag(der))), expected);
    }),
    { numRuns: 10 },
  );
});

Deno.test("of two CAs with one name, the one that has signed is in the chain", async () => {
  const namesake = await root.subordinate({ subject: "CN=Lower" });
  const all = [...dersOf(namesake, lower, upper, root), pair.certificateDer];
  assert.deepEqual(await chosen(pair, all.map((der) => bag(der))), [
    pair.certificateDer,
    ...dersOf(lower, upper),
  ]);
});

Deno.test("a CA of the right name that has not signed is left for the check of the chain", async () => {
  const namesake = await root.subordinate({ subject: "CN=Lower" });
  const all = [namesake.certificateDer, pair.certificateDer].map((der) => bag(der));
  assert.deepEqual(await chosen(pair, all), [pair.certificateDer, namesake.certificateDer]);
});

Deno.test("certificates that lead round in a circle do not go on for ever", async () => {
  const circle = await makeAuthority({ subject: "CN=A" });
  const other = await circle.subordinate({ subject: "CN=B" });
  const again = await other.subordinate({ subject: "CN=A" });
  const leaf = await again.issue();
  const all = [leaf.certificateDer, ...dersOf(again, other)].map((der) => bag(der));
  assert.deepEqual(await chosen(leaf, all), [leaf.certificateDer, ...dersOf(again, other)]);
});

Deno.test("a self-signed certificate is its own chain", async () => {
  const all = [bag(root.certificateDer)];
  const { keyPem } = root;
  const pkcs8 = Uint8Array.fromBase64(keyPem.replaceAll(/-----[^-]+-----|\n/g, ""));
  assert.deepEqual(await chosen({ ...pair, pkcs8 }, all), [root.certificateDer]);
});

Deno.test("a file without the certificate of its key says how many others it has", async () => {
  const { certificateDer } = await lower.issue();
  await assert.rejects(
    chosen(pair, [bag(certificateDer), ...dersOf(lower).map((der) => bag(der))]),
    {
      code: "pkcs12-without-certificate",
      certificates: 2,
    },
  );
  await assert.rejects(chosen(pair, []), { code: "pkcs12-without-certificate", certificates: 0 });
});

Deno.test("a certificate that cannot be read is passed over, unless no other is the key's", async () => {
  const broken = bag(utf8("no certificate"));
  assert.deepEqual(await chosen(pair, [broken, bag(pair.certificateDer)]), [pair.certificateDer]);
  await assert.rejects(chosen(pair, [broken]), { code: "bad-der" });
});
