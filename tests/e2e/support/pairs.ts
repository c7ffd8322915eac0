/** Pairs to swap, made with the executable: a CA, and a key, a request and a certificate for each pair. */
import assert from "node:assert/strict";
import type { Place } from "./executable.ts";

/** Where pairs are made, and with which certswap. */
type Workshop = Pick<Place, "directory" | "certswap">;

/** The paths of a pair's files. */
export interface PairFilesAt {
  readonly cert: string;
  readonly key: string;
}

/** Makes a CA in `DIR/ca`, and this many pairs of the same identity in `DIR`. */
export async function makePairs(place: Workshop, count: number): Promise<PairFilesAt[]> {
  const { directory } = place;
  const dataDir = `${directory}/ca`;
  await succeed(place, ["ca", "init", "--subject", "CN=Test CA", "--data-dir", dataDir]);
  const pairs: PairFilesAt[] = [];
  for (let number = 1; number <= count; number++) {
    const [key, csr] = [`${directory}/${number}-key.pem`, `${directory}/${number}.csr`];
    const subject = ["--subject", "CN=device.example", "--san", "DNS:device.example"];
    await succeed(place, ["ca", "request", ...subject, "--out-key", key, "--out-csr", csr]);
    const signed = await succeed(place, ["ca", "sign", csr, "--data-dir", dataDir]);
    pairs.push({ cert: /Certificate: +(.+)/.exec(signed)?.[1] ?? "", key });
  }
  return pairs;
}

/** Runs a command, and checks that it succeeds. @returns its standard output. */
export async function succeed(
  place: Pick<Place, "certswap">,
  args: readonly string[],
): Promise<string> {
  const { code, stdout, stderr } = await place.certswap(args);
  assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** Which of the pairs is active, by the content of both files. */
export async function activePair(
  tls: string,
  pairs: readonly PairFilesAt[],
): Promise<PairFilesAt | undefined> {
  const [cert, key] = [await textOf(`${tls}/cert.pem`), await textOf(`${tls}/key.pem`)];
  for (const pair of pairs) {
    if (cert === await textOf(pair.cert) && key === await textOf(pair.key)) return pair;
  }
  return undefined;
}

async function textOf(path: string): Promise<string> {
  return await Deno.readTextFile(path);
}
