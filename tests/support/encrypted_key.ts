import type { World } from "../../lib/cli/mod.ts";
import { encryptPrivateKey } from "../../lib/protocol/pbes2/mod.ts";
import { readPrivateKeyFile } from "../../lib/x509/key/private_key_file.ts";
import { writePem } from "../../lib/x509/encoding/pem.ts";
import type { TestCa } from "./ca.ts";

/** The passphrase of the keys that tests encrypt. */
export const testPassphrase = "correct horse";

/** Encrypts a CA's key with {@linkcode testPassphrase} and few rounds, so that tests do not wait. */
export async function encryptKeyOf(ca: TestCa): Promise<void> {
  const { pkcs8 } = readPrivateKeyFile(new TextEncoder().encode(ca.read("ca.key")));
  const terms = { iterations: 2, salt: new Uint8Array(16), iv: new Uint8Array(16) };
  const passphrase = new TextEncoder().encode(testPassphrase);
  const encrypted = await encryptPrivateKey(pkcs8, passphrase, terms);
  ca.write("ca.key", writePem("ENCRYPTED PRIVATE KEY", encrypted));
}

/** Writes a passphrase file that only its owner can read, and returns its path. */
export function passphraseFile(ca: TestCa, text: string, name = "passphrase"): string {
  const path = `${ca.root}/${name}`;
  Deno.writeTextFileSync(path, text, { mode: 0o600 });
  return path;
}

/** A terminal at which a person types these keys. `isRaw` says whether it echoes nothing now. */
export function typing(keys: string): World["stdin"] & { isRaw: boolean; readonly left: string } {
  const bytes = new TextEncoder().encode(keys);
  let at = 0;
  return {
    isTerminal: true,
    isRaw: false,
    setRaw(isRaw) {
      this.isRaw = isRaw;
    },
    read(buffer) {
      if (!this.isRaw) throw new Error("what is typed now is shown");
      const taken = bytes.subarray(at, at + buffer.length);
      at += taken.length;
      buffer.set(taken);
      return Promise.resolve(taken.length);
    },
    get left() {
      return new TextDecoder().decode(bytes.subarray(at));
    },
  };
}

/** A run at a terminal, without colors. */
export const onTerminal = { isTerminal: true, environment: { NO_COLOR: "1" } } as const;
