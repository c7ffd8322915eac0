/** Digests are the same however they are computed. */
import assert from "node:assert/strict";
import { sha1, sha256Hex } from "../../lib/system/digest.ts";

const webCrypto = async (algorithm: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  new Uint8Array(await crypto.subtle.digest(algorithm, bytes)).toHex();

Deno.test("sha256Hex() and sha1() give the same for few digests, many, and large content", async () => {
  // More than are left to WebCrypto.
  for (let index = 0; index < 150; index++) {
    const bytes = Uint8Array.from({ length: index }, (_, at) => at * index);
    assert.equal(await sha256Hex(bytes), await webCrypto("SHA-256", bytes));
    assert.equal((await sha1(bytes)).toHex(), await webCrypto("SHA-1", bytes));
  }
  const large = new Uint8Array(9 * 1024 * 1024).fill(7);
  assert.equal(await sha256Hex(large), await webCrypto("SHA-256", large));
  // A view of a larger buffer: only what it shows.
  const view = large.subarray(5, 8);
  assert.equal(await sha256Hex(view), await webCrypto("SHA-256", Uint8Array.of(7, 7, 7)));
});
