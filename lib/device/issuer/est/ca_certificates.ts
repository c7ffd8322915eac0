/** The certificates of the CA, as an EST server has them (RFC 7030 4.1). */
import { readCertificates } from "../../../protocol/est/mod.ts";
import { type Certificate, isValidAt } from "../../../x509/mod.ts";
import type { System } from "../../../system/mod.ts";
import type { LoadedPair } from "../../pair/mod.ts";
import { untilStopped } from "../../service/mod.ts";
import { reading } from "./answer.ts";
import { EstClient, identityOf } from "./client.ts";
import type { EstIssuer } from "./configuration.ts";

/**
 * Asks a server for the certificates of its CA. The server is verified first. It is shown the pair if it asks
 * for one: some servers do.
 *
 * @param anchors what the server's certificate must lead to.
 * @param current the active pair.
 * @throws EstServerError, EstRedirectError, EstRefusedError, EstFailedError, EstAnswerError,
 *   InterruptedError
 */
export async function fetchCaCertificates(
  system: System,
  issuer: EstIssuer,
  { anchors, current }: { readonly anchors: readonly Certificate[]; readonly current: LoadedPair },
): Promise<readonly Certificate[]> {
  const isCurrent = isValidAt(current.leaf, system.clock.now());
  const identity = isCurrent ? identityOf(current) : undefined;
  const client = new EstClient(system, issuer, {
    anchors,
    proof: { credentials: "pair", identity },
  });
  try {
    return await untilStopped(system, (stopOr) => stopOr(caCertificates(client)));
  } finally {
    client.close();
  }
}

/** The certificates that a server has. @throws as {@linkcode fetchCaCertificates} */
export async function caCertificates(client: EstClient): Promise<readonly Certificate[]> {
  const operation = "cacerts";
  const answer = await client.get(operation);
  if (answer.status !== 200) throw client.failure(operation, answer);
  const { url } = client;
  return await reading({ url, operation, answer }, () => readCertificates(answer.body));
}
