/** Outputs of pairs, for tests. */
import type { OutputSpec } from "../../lib/device/pair/outputs/mod.ts";
import { join } from "../../lib/system/mod.ts";
import { readPkcs12 } from "../../lib/protocol/pkcs12/mod.ts";
import type { Device } from "./device.ts";
import { type Authority, makeAuthority, type TestPair } from "./pairs.ts";

/** An output in `tls/`, PEM unless another format is given. */
export function outputIn(
  { tls }: Pick<Device, "tls">,
  name: string,
  { contains, ...others }: Partial<OutputSpec> & Pick<OutputSpec, "contains">,
): OutputSpec {
  return {
    path: join(tls, name),
    contains,
    format: "pem",
    rights: {},
    profile: "modern",
    ...others,
  };
}

/** The password of every keystore. */
export const storePassword = "correct horse";

/** Writes the password file of a keystore. @returns its path. */
export function givePassword({ root }: Pick<Device, "root">, password = storePassword): string {
  const path = join(root, "keystore.password");
  Deno.writeTextFileSync(path, `${password}\n`, { mode: 0o600 });
  return path;
}

/** A PKCS#12 output `keystore.p12` in `tls/`, with its password file. */
export function keystoreIn(device: Device, others: Partial<OutputSpec> = {}): OutputSpec {
  return outputIn(device, "keystore.p12", {
    contains: ["key", "chain"],
    format: "pkcs12",
    passwordFile: givePassword(device),
    ...others,
  });
}

/** Opens a keystore: its key (PKCS#8), and its certificates in their order. */
export async function openStore(
  path: string,
  password = storePassword,
): Promise<{ readonly key: Uint8Array; readonly certificates: readonly Uint8Array[] }> {
  const content = new Uint8Array(Deno.readFileSync(path));
  const { key, certificates } = await readPkcs12(content, new TextEncoder().encode(password));
  return { key: key.pkcs8, certificates: certificates.map(({ der }) => der) };
}

/** Pairs of one identity with an intermediate in their chain, each newer than the one before. */
export interface ChainedFleet {
  readonly root: Authority;
  readonly middle: Authority;
  readonly pairs: readonly [TestPair, TestPair, TestPair];
}

let made: Promise<ChainedFleet> | undefined;

/** The pairs of most tests of outputs. Made once. */
export function chainedFleet(): Promise<ChainedFleet> {
  return made ??= makeChainedFleet();
}

async function makeChainedFleet(): Promise<ChainedFleet> {
  const root = await makeAuthority();
  const middle = await root.subordinate();
  const issue = (month: string): Promise<TestPair> =>
    middle.issue({ notBefore: new Date(`2026-${month}-01T00:00:00Z`) });
  return { root, middle, pairs: [await issue("01"), await issue("02"), await issue("03")] };
}
