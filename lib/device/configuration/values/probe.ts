/** The tables of probes: one for each kind. */
import * as v from "valibot";
import { command, path, timeLimit } from "../../../toml/read/mod.ts";
import {
  type ClientProbe,
  type CommandProbe,
  keyTypes,
  type ProbeConfiguration,
  type ProbeIdentity,
  type ServerProbe,
  startTlsProtocols,
} from "../../service/mod.ts";
import type { Expectation } from "../errors.ts";
import { string, text } from "./words.ts";

/** `tls://host:port`: the server that a probe connects to. */
interface ProbeTarget {
  /** A DNS name or an IP address, the latter without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Reads `tls://host:port` or `tls://[::1]:port`; `undefined` for anything else. */
function readProbeUrl(written: string): ProbeTarget | undefined {
  const match = /^tls:\/\/(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})\/?$/.exec(written);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65535) return undefined;
  return { host, port };
}

/** Whether a handshake can ask for a name: a DNS name, not an IP address (RFC 6066 section 3). */
function isServerName(written: string): boolean {
  const isAddress = /^[\d.]+$/.test(written) || written.includes(":");
  return !isAddress && written.length <= 253 &&
    written.split(".").every((label) => /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/.test(label));
}

/** The server in a table. */
const addressKeys = {
  url: text("probe-url", readProbeUrl),
  "server_name": v.exactOptional(string("server-name", isServerName)),
  starttls: v.exactOptional(v.picklist(startTlsProtocols, "starttls" satisfies Expectation)),
};

function addressOf(
  table: v.InferOutput<v.ObjectSchema<typeof addressKeys, undefined>>,
): Pick<ServerProbe, "host" | "port" | "serverName" | "startTls"> {
  const { url, "server_name": serverName, starttls } = table;
  return {
    ...url,
    serverName: serverName ?? (isServerName(url.host) ? url.host : undefined),
    startTls: starttls,
  };
}

const deadline = v.optional(timeLimit, "30s");

const identityFiles = v.pipe(
  v.object({ cert: path, key: path }, "probe-identity" satisfies Expectation),
  v.transform(({ cert, key }): ProbeIdentity => ({ kind: "files", certificate: cert, key })),
);

const identityOfPair = v.pipe(
  v.literal("pair", "probe-identity" satisfies Expectation),
  v.transform((): ProbeIdentity => ({ kind: "pair" })),
);

const identity = v.lazy((written) => typeof written === "string" ? identityOfPair : identityFiles);

/** The table of each kind. */
export const probeTables = {
  server: v.pipe(
    v.object({
      kind: v.exactOptional(v.literal("server")),
      ...addressKeys,
      key_type: v.exactOptional(v.picklist(keyTypes, "key-type" satisfies Expectation)),
      identity: v.exactOptional(identity),
      deadline,
    }, "probe" satisfies Expectation),
    v.transform((table): ServerProbe => ({
      kind: "server",
      ...addressOf(table),
      keyType: table.key_type,
      identity: table.identity ?? { kind: "pair-if-client" },
      deadline: table.deadline,
    })),
  ),
  command: v.pipe(
    v.object({
      kind: v.exactOptional(v.literal("command")),
      command,
      deadline,
    }, "probe" satisfies Expectation),
    v.transform(({ command, deadline }): CommandProbe => ({ kind: "command", command, deadline })),
  ),
  client: v.pipe(
    v.object({
      kind: v.literal("client"),
      ...addressKeys,
      trust: v.exactOptional(path),
      deadline,
    }, "probe" satisfies Expectation),
    v.transform((table): ClientProbe => ({
      kind: "client",
      ...addressOf(table),
      trust: table.trust,
      deadline: table.deadline,
    })),
  ),
} as const;

/** Nothing more can be said about an unknown kind. */
const unknownKind = v.looseObject({
  kind: v.picklist(Object.keys(probeTables), "probe-kind" satisfies Expectation),
}) as unknown as v.GenericSchema<unknown, ProbeConfiguration>;

/** A table `probe`: its keys depend on its kind. */
const probeTableByKind = v.lazy((written): v.GenericSchema<unknown, ProbeConfiguration> => {
  const { kind, command } = typeof written === "object" && written !== null
    ? written as { kind?: unknown; command?: unknown }
    : {};
  if (kind === undefined) return command === undefined ? probeTables.server : probeTables.command;
  return Object.hasOwn(probeTables, String(kind))
    ? probeTables[kind as keyof typeof probeTables]
    : unknownKind;
});

/** The same; `options` is for those that ask which keys there are. */
export const probeTable = { ...probeTableByKind, options: Object.values(probeTables) };
