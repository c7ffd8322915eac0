/** Runs a client probe: whether another server accepts the pair. */
import { CertswapError, type System } from "../../../system/mod.ts";
import { purposeOid, readCertificate, verifyChain } from "../../../x509/mod.ts";
import { loadAnchors } from "../../pair/mod.ts";
import { ProbeFailedError } from "../errors.ts";
import type { ClientProbe } from "../probe_kinds.ts";
import type { ProbeSight } from "../sight.ts";
import { pemOf } from "./identity.ts";
import type { LookOptions } from "./look.ts";

/**
 * Connects to the server with the pair. With `trust`, the answer of an untrusted server proves nothing.
 *
 * @throws InterruptedError
 */
export async function lookAsClient(
  system: System,
  probe: ClientProbe,
  options: LookOptions,
): Promise<ProbeSight> {
  const { host, port, serverName, startTls } = probe;
  const { expected, stopOr, timeLimit } = options;
  const client = { timeLimit, startTls, ...pemOf(expected.loaded) };
  const { stage, verdict, serverChain, error } = await stopOr(
    system.network.connectAsClient({ host, port, serverName }, client),
  );
  const distrust = verdict === "unknown"
    ? undefined
    : await whyNotTrusted(system, probe, { ...options, serverChain });
  if (verdict === "unknown" || distrust !== undefined) {
    const seen = { stage, saw: "nothing" } as const;
    return { ...seen, error: new ProbeFailedError(probe, { ...seen, cause: distrust ?? error }) };
  }
  if (verdict === "accepted") {
    return { stage: "certificate", saw: "expected", fingerprint: expected.fingerprint };
  }
  const seen = { stage: "certificate", saw: "another" } as const;
  return { ...seen, error: new ProbeFailedError(probe, { ...seen, cause: error }) };
}

/** Why the server is not certified by a CA of `trust`; `undefined` if it is, or if there is no `trust`. */
async function whyNotTrusted(
  { files, clock, network }: System,
  { host, port, serverName, startTls, trust }: ClientProbe,
  { serverChain, stopOr, timeLimit }: LookOptions & {
    readonly serverChain: readonly Uint8Array[] | undefined;
  },
): Promise<unknown> {
  if (trust === undefined) return undefined;
  try {
    let [leaf, ...intermediates] = serverChain ?? [];
    if (leaf === undefined) {
      // In TLS 1.2 a server that refuses the client ends the handshake. Its leaf can still be seen.
      const look = { timeLimit, startTls };
      const sight = await stopOr(network.lookAtServer({ host, port, serverName }, look));
      if (sight.certificate === undefined) return sight.error;
      leaf = sight.certificate;
    }
    const { anchors = [] } = loadAnchors(files, trust);
    await verifyChain({
      leaf: readCertificate(leaf),
      intermediates: intermediates.map(readCertificate),
      anchors,
      at: clock.now(),
      purposes: [purposeOid.serverAuth],
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof CertswapError)) throw error;
    return error;
  }
}
