/** The lower bound for a CA in this language: to verify requests and to sign, on all cores, nothing else. */
import { readRequestFile } from "../../lib/x509/read/request.ts";
import { webCryptoKeys } from "../../lib/x509/key/signer.ts";
import { judgeSignature } from "../../lib/x509/verify/signature.ts";

/** Verifies each request, and signs as many bytes with a P-256 key. @param requests their paths. */
export async function signatureFloor(requests: readonly string[]): Promise<() => Promise<void>> {
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
