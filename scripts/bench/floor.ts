/** The lower bound for a CA in this language: to verify requests and to sign, on all cores, nothing else. */
import { readRequestFile } from "../../lib/x509/read/request.ts";
import { webCryptoKeys } from "../../lib/x509/key/signer.ts";
import { judgeSignature } from "../../lib/x509/verify/signature.ts";
import { measure, printRatios } from "./measure.ts";

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
  /** Signs all of them, each time with a new CA: with one CA, all but the first would be duplicates. */
  readonly signAll: () => Promise<void>;
  readonly rounds: number;
  /** How many times the floor it may take. */
  readonly goal: number;
}

/** Measures and prints how much longer a CA takes than {@linkcode signatureFloor}. */
export async function measureAgainstFloor(
  { requests, name, signAll, rounds, goal }: AgainstFloor,
): Promise<void> {
  const bare = { name: "alone (WebCrypto)", run: await signatureFloor(requests) };
  const measured = await measure([bare, { name, run: signAll }], { rounds, warmUp: 1 });
  printRatios(
    `${requests.length} requests against their verifications and signatures alone`,
    measured,
    { [name]: goal },
  );
}
