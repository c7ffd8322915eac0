/** The lower bound for a CA in this language: to verify requests and to sign, on all cores, nothing else. */
import { readRequestFile } from "../../lib/x509/read/request.ts";
import { webCryptoKeys } from "../../lib/x509/key/signer.ts";
import { judgeSignature } from "../../lib/x509/verify/signature.ts";
import { sign } from "../../lib/ca/mod.ts";
import { day, denoSystem } from "../../lib/system/mod.ts";
import { measure, printRatios } from "./measure.ts";
import { oneByOne } from "./requests.ts";

/** Verifies each request, and signs as many bytes with a P-256 key. @param requests their paths. */
async function signatureFloor(requests: readonly string[]): Promise<() => Promise<void>> {
  const parsed = requests.map((path) => readRequestFile(Deno.readFileSync(path)));
  const key = await webCryptoKeys.generate("ecdsa-p256");
  return async () => {
    const queue = parsed.values();
    const work = async (): Promise<void> => {
      for (const request of queue) {
        await judgeSignature(request, request.subjectPublicKeyInfo);
        await key.sign(request.tbs);
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
  };
}

/** What is compared with the floor. */
export interface AgainstFloor {
  /** Paths. */
  readonly requests: readonly string[];
  readonly name: string;
  /**
   * Makes a CA before anything is measured. Each round has a new one: with one CA, all requests would be
   * duplicates but those of the first round.
   *
   * @returns its data directory.
   */
  readonly makeCa: (index: number) => Promise<string>;
  readonly rounds: number;
  /** How many times the floor it may take. */
  readonly goal: number;
}

/** Measures and prints how much longer a CA takes than {@linkcode signatureFloor}. */
export async function measureAgainstFloor(
  { requests, name, makeCa, rounds, goal }: AgainstFloor,
): Promise<void> {
  const warmUp = 1;
  const directories: string[] = [];
  for (let index = 0; index < rounds + warmUp; index++) directories.push(await makeCa(index));
  const nextCa = oneByOne(directories);
  const bare = { name: "alone (WebCrypto)", run: await signatureFloor(requests) };
  const measured = await measure([bare, { name, run: () => signAll(nextCa(), requests) }], {
    rounds,
    warmUp,
  });
  printRatios(
    `${requests.length} requests against their verifications and signatures alone`,
    measured,
    { [name]: goal },
  );
}

/** Signs requests in this process. @param requests their paths. */
export async function signAll(dataDirectory: string, requests: readonly string[]): Promise<void> {
  const options = { dataDirectory, lockTimeout: 1000, validity: 365 * day };
  await sign(denoSystem, { ...options, requests, onBadRequest: "stop" });
}
