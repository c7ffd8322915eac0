/** The device on which the collection's commands run: an active pair, new files, a CA, a configuration. */
import { type Authority, makeAuthority, type TestPair } from "../../tests/support/pairs.ts";

const day = 24 * 3600 * 1000;

/** A moment this many days from now. */
const inDays = (days: number): Date => new Date(Date.now() + days * day);

const validity = (from: number, to: number): { notBefore: Date; notAfter: Date } => ({
  notBefore: inDays(from),
  notAfter: inDays(to),
});

/** What `certswap.toml` holds: the pair `web`, signed by the CA in `ca`. */
function configuration(directory: string): string {
  return `[pair.web]
dir = "${directory}/tls"
subject = "CN=device.example"
names = ["DNS:device.example"]
issuer = { kind = "local", data_dir = "${directory}/ca" }
`;
}

/**
 * Makes the files of a device in an empty directory:
 *
 * - `tls/cert.pem`, `tls/key.pem`: the active pair
 * - `new.pem`, `new.key`: a good new pair; `NAME.pem`, `NAME.key`: pairs that are unusual in a way
 * - `root.pem`: the CA of them all; `stranger.pem`: the certificate of another CA
 * - `pair.p12`, `new.der`, `encrypted.key`, `text.pem`, `empty.pem`, `cut.pem`: files of other kinds
 * - `certswap.toml`: a configuration, without a mistake
 *
 * The caller adds the CA, `ca`, and requests.
 */
export async function makeFiles(directory: string): Promise<void> {
  const root = await makeAuthority(validity(-400, 4000));
  const stranger = await makeAuthority({ subject: "CN=Stranger", ...validity(-400, 4000) });
  const active = await root.issue(validity(-10, 80));
  await Deno.mkdir(`${directory}/tls`);
  await Deno.writeTextFile(`${directory}/tls/cert.pem`, active.chainPem);
  await Deno.writeTextFile(`${directory}/tls/key.pem`, active.keyPem, { mode: 0o600 });
  for (const [name, pair] of Object.entries(await unusualPairs(root, stranger))) {
    await Deno.writeTextFile(`${directory}/${name}.pem`, pair.chainPem);
    await Deno.writeTextFile(`${directory}/${name}.key`, pair.keyPem, { mode: 0o600 });
  }
  const fresh = await root.issue(validity(-1, 89));
  const files: Readonly<Record<string, string | Uint8Array>> = {
    "new.pem": fresh.chainPem,
    "new.key": fresh.keyPem,
    "new.der": fresh.certificateDer,
    "root.pem": root.certificatePem,
    "root.key": root.keyPem,
    "stranger.pem": stranger.certificatePem,
    "encrypted.key": fresh.keyPem.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
    "pair.p12": pkcs12,
    "text.pem": "Dear customer, please find your certificate attached.\n",
    "empty.pem": "",
    "cut.pem": fresh.chainPem.slice(0, 300),
    "two.pem": fresh.chainPem + active.chainPem,
    "certswap.toml": configuration(directory),
  };
  for (const [name, content] of Object.entries(files)) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(`${directory}/${name}`, bytes, { mode: 0o600 });
  }
}

/** The first bytes of a PFX (RFC 7292 4): version 3, then its content, here without any. */
const pkcs12 = Uint8Array.of(0x30, 0x82, 0x00, 0x10, 0x02, 0x01, 0x03, 0x30, 0x0b, ...Array(11));

async function unusualPairs(
  root: Authority,
  stranger: Authority,
): Promise<Readonly<Record<string, TestPair>>> {
  const current = validity(-1, 89);
  const below = await root.subordinate(validity(-400, 4000));
  const ended = await root.subordinate(validity(-400, -2));
  const pairs = {
    other: root.issue({ subject: "CN=other.example", names: ["DNS:other.example"], ...current }),
    older: root.issue(validity(-30, 60)),
    expired: root.issue({ ...validity(-100, -3) }),
    future: root.issue({ ...validity(3, 100) }),
    client: root.issue({ purposes: ["1.3.6.1.5.5.7.3.2"], ...current }),
    foreign: stranger.issue(current),
    rsa: root.issue({ key: "rsa-2048", ...current }),
    below: below.issue(current),
    ended: ended.issue(current),
    hostile: root.issue({ subject: "CN=evil\x1b[31m", names: ["DNS:device.example"], ...current }),
  };
  const made = Object.entries(pairs).map(async ([name, pair]) => [name, await pair] as const);
  return Object.fromEntries(await Promise.all(made));
}
