import { join } from "../../system/mod.ts";
import type { PairConfiguration } from "./configuration.ts";
import { isServerName } from "./probe_url.ts";
import type { PairTable } from "./schema.ts";

/**
 * What a pair's table means, with what is left out filled in. The table has passed every check: it has
 * `dir`, or `certificate` and `key`.
 */
export function interpretPair(name: string, table: PairTable): PairConfiguration {
  const { dir = "", combined, hook, probe } = table;
  return {
    name,
    paths: {
      certificate: table.certificate ?? join(dir, "cert.pem"),
      key: table.key ?? join(dir, "key.pem"),
      ...(combined === undefined ? {} : { combined }),
    },
    trust: table.trust ??
      (table.issuer?.kind === "local" ? join(table.issuer.data_dir, "ca.crt") : undefined),
    identity: { subject: table.subject, names: table.names },
    keyAlgorithm: table.key_algorithm,
    keyPolicy: table.keep_key ? "keep" : "new",
    renewBefore: table.renew_before,
    keepPrevious: table.keep_previous,
    issuer: table.issuer && interpretIssuer(table.issuer),
    hook: hook && { command: hook.command, timeLimit: hook.time_limit },
    probe: probe && {
      ...probe.url,
      serverName: probe.server_name ?? (isServerName(probe.url.host) ? probe.url.host : undefined),
      deadline: probe.deadline,
    },
    services: table.services,
  };
}

function interpretIssuer(
  issuer: NonNullable<PairTable["issuer"]>,
): NonNullable<PairConfiguration["issuer"]> {
  switch (issuer.kind) {
    case "local":
      return { kind: "local", dataDirectory: issuer.data_dir, validityDays: issuer.validity };
    case "command":
      return { kind: "command", command: issuer.command, timeLimit: issuer.time_limit };
  }
}
