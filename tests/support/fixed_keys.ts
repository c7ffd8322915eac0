import type { KeyKind } from "../../lib/x509/key/kinds.ts";
import {
  type GeneratedKey,
  type KeySource,
  type Signer,
  webCryptoKeys,
} from "../../lib/x509/key/signer.ts";

/**
 * Keys with deterministic signatures, unlike ECDSA's: runs that do the same can be compared byte by
 * byte.
 *
 * @param made the keys that `generate` returns, one for each kind.
 */
export function fixedKeys(made: Readonly<Partial<Record<KeyKind, GeneratedKey>>>): KeySource {
  const signatures = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  const fixed = <Key extends Signer>(key: Key, name: string): Key => ({
    ...key,
    sign: async (data) => {
      const what = `${name} ${data.toHex()}`;
      const signature = signatures.get(what) ?? key.sign(data);
      signatures.set(what, signature);
      return (await signature).slice();
    },
  });
  return {
    generate(kind) {
      const key = made[kind];
      if (key === undefined) throw new Error(`no key of ${kind} was made`);
      // The caller may overwrite the bytes.
      const copy = { ...key, pkcs8: key.pkcs8.slice() };
      return Promise.resolve(fixed(copy, key.publicKey.toHex()));
    },
    load: async (key, publicKey) =>
      fixed(await webCryptoKeys.load(key, publicKey), publicKey.der.toHex()),
  };
}
