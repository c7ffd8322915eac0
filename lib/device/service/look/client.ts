/** The look of a client probe: whether another server accepts the pair. */
import { CertswapError, type System } from "../../../system/mod.ts";
import { purposeOid, readCertificate, verifyChain } from "../../../x509/mod.ts";
import { loadAnchors } from "../../pair/mod.ts";
import { ProbeFailedError } from "../errors.ts";
import type { ClientProbe } from "../probe_kinds.ts";
import type { ProbeSight } from "../sight.ts";
import { pemOf } from "./identity.ts";
import type { LookOptions } from "./look.ts";

/**
 * Connects to the server with the pair. A server that is not the one that was meant says nothing of the pair.
 *
 * @throws InterruptedError
 */
export async function lookAsClient(
  system: System,
  probe: ClientProbe,
  { expected, stopOr, timeLimit }: LookOptions,
): Promise<ProbeSight> {
  const { host, port, serverName, startTls, trust } = probe;
  const endpoint = { host, port, serverName };
  const blind = (cause: unknown, stage: ProbeSight["stage"]): ProbeSight => {
    const seen = { stage, saw: "nothing" } as const;
    return { ...seen, error: new ProbeFailedError(probe, { ...seen, cause }) };
  };
  if (trust !== undefined) {
    const { certificate, stage, error } = await stopOr(
      system.network.lookAtServer(endpoint, { timeLimit, startTls }),
    );
    if (certificate === undefined) return blind(error, stage);
    try {
      await requireTrusted(system, certificate, trust);
    } catch (cause) {
      if (!(cause instanceof CertswapError)) throw cause;
      return blind(cause, stage);
    }
  }
  const { stage, verdict, error: cause } = await stopOr(
    system.network.connectAsClient(endpoint, { timeLimit, startTls, ...pemOf(expected.loaded) }),
  );
  switch (verdict) {
    case "accepted":
      return { stage: "certificate", saw: "expected", fingerprint: expected.fingerprint };
    case "refused": {
      const seen = { stage: "certificate", saw: "another" } as const;
      return { ...seen, error: new ProbeFailedError(probe, { ...seen, cause }) };
    }
    case "unknown":
      return blind(cause, stage);
  }
}

/** Insists that one of the CA certificates in a file has issued the server's. */
async function requireTrusted(
  { files, clock }: System,
  der: Uint8Array,
  trust: string,
): Promise<void> {
  const { anchors = [] } = loadAnchors(files, trust);
  await verifyChain({
    leaf: readCertificate(der),
    intermediates: [],
    anchors,
    at: clock.now(),
    purposes: [purposeOid.serverAuth],
  });
}
