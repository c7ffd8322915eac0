/** The message for a probe that did not see the service use the active pair, and which option may help. */
import {
  type ClientProbe,
  type CommandProbe,
  type KeyType,
  type ProbeFailedError,
  type ServerProbe,
  startTlsProtocols,
} from "../../../device/service/mod.ts";
import {
  type Banner,
  formatDuration,
  present,
  type ProgramFailure,
  type StartTls,
  type TlsConnectionError,
} from "../../../system/mod.ts";
import { alternatives, fingerprintText } from "../../text.ts";
import { commandText, type DescribeCause, quotedCommand, type Text } from "../message.ts";
import { notRunText } from "./hook.ts";
import { connectionReason } from "../system.ts";

/** What the probe looked for, and when, for the sentence about it. */
export interface Tested {
  readonly certificate: string;
  readonly pair: string;
  readonly doesNot: "does not" | "did not";
  readonly serves: "it serves" | "it served";
}

/** A probe that looked for the pair that is active now. */
export const activeTested: Tested = {
  certificate: "the active certificate",
  pair: "the active pair",
  doesNot: "does not",
  serves: "it serves",
};

/** Functions that describe what caused the error, and the words for what was probed. */
interface Texts {
  readonly tested: Tested;
  readonly describe: DescribeCause;
  readonly describeEnd: (failure: ProgramFailure) => string;
  readonly outputLines: (failure: ProgramFailure) => string[];
}

/** What a message is made from. */
interface How {
  /** How long the probe waited, as a part of the sentence; empty if it did not wait. */
  readonly until: string;
  readonly texts: Texts;
}

/** Describes what a probe saw, or why it could not see anything, and which option to set. */
export function probeFailedText(error: ProbeFailedError, texts: Texts): Text {
  const text = textOf(error, texts);
  const place = placeText(error);
  // The message of a command probe already contains it.
  return place === undefined || error.probe.kind === "command"
    ? text
    : { ...text, message: `${place}: ${text.message}` };
}

/** `probe 2 of 3`, if the pair has several. */
function placeText({ place }: Pick<ProbeFailedError, "place">): string | undefined {
  return place === undefined || place.count === 1
    ? undefined
    : `probe ${place.position} of ${place.count}`;
}

function textOf(error: ProbeFailedError, texts: Texts): Exclude<Text, string> {
  const { probe, waited } = error;
  // A probe that ran only once did not wait: a longer deadline would not help.
  const until = waited === undefined ? "" : ` within the deadline of ${formatDuration(waited)}`;
  switch (probe.kind) {
    case "command":
      return commandProbeText(error, probe, { until, texts });
    case "client":
      return error.saw === "another"
        ? refusedText(error, probe, { until, texts })
        : blindText(error, probe, { until, texts });
    case "server":
      return error.saw === "another"
        ? anotherText(error, probe, { until, texts })
        : blindText(error, probe, { until, texts });
  }
}

/** `device.example:443`; with the server name if it differs from the host and the pair has several probes. */
function serverText(
  { host, port, serverName }: ServerProbe | ClientProbe,
  error: Pick<ProbeFailedError, "place">,
): string {
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const isOneOfSeveral = placeText(error) !== undefined;
  const hasName = isOneOfSeveral && serverName !== undefined && serverName !== host;
  return hasName ? `${address} (server name ${serverName})` : address;
}

function anotherText(
  error: ProbeFailedError,
  probe: ServerProbe,
  { until, texts: { tested } }: How,
): Exclude<Text, string> {
  const { served, certificate } = error;
  const target = serverText(probe, error);
  return {
    message: `the service at ${target} ${tested.doesNot} serve ${tested.certificate}${until}`,
    details: [
      ...(served === undefined ? [] : [`${tested.serves}: ${fingerprintText(served)}`]),
      ...(certificate === undefined
        ? []
        : [`subject: ${certificate.subject}`, `serial: ${certificate.serialNumber}`]),
    ],
    hint: `${serviceHint} If it has several certificates, set 'server_name'${
      probe.keyType === undefined ? " or 'key_type'" : ""
    }. If it needs longer, increase 'deadline'.`,
  };
}

const serviceHint =
  "Check that the hook reloads the service, and that the service reads these files.";

function refusedText(
  error: ProbeFailedError,
  probe: ClientProbe,
  { until, texts: { tested } }: How,
): Exclude<Text, string> {
  const { alert } = error.cause as Partial<TlsConnectionError>;
  return {
    message: `the server at ${
      serverText(probe, error)
    } ${tested.doesNot} accept ${tested.certificate}${until}`,
    ...(alert === undefined ? {} : { details: [`its TLS alert: ${alert}`] }),
    hint:
      "Check that the server trusts the CA of this certificate and accepts its subject and names.",
  };
}

/** `the probe '/usr/bin/x -v'`, or `probe 2 of 3 (/usr/bin/x -v)`. */
function programText(
  error: Pick<ProbeFailedError, "place">,
  command: CommandProbe["command"],
): string {
  const place = placeText(error);
  return place === undefined
    ? `the probe ${quotedCommand(command)}`
    : `${place} (${commandText(command)})`;
}

/** What a program said that denied that the service uses the pair; `undefined`: something else failed. */
export function denialText(error: ProbeFailedError): string | undefined {
  const { probe, saw } = error;
  return probe.kind === "command" && saw === "another"
    ? `${programText(error, probe.command)} exited with 1 (the pair is not in use)`
    : undefined;
}

function commandProbeText(
  error: ProbeFailedError,
  { command, deadline }: CommandProbe,
  { until, texts }: How,
): Exclude<Text, string> {
  const { failure, saw, cause } = error;
  const name = programText(error, command);
  if (failure === undefined) {
    return {
      message: notRunText(name, cause, texts.describe),
      ...present({ hint: texts.describe(cause).hint }),
    };
  }
  const details = texts.outputLines(failure);
  if (saw === "another") {
    return {
      message: `the service ${texts.tested.doesNot} use ${texts.tested.pair}${until}, ` +
        `according to ${name}`,
      details,
      hint: `${serviceHint} If it needs longer, increase 'deadline'.`,
    };
  }
  const cannotTell = failure.end.kind === "exit" && failure.end.code === 75;
  const isLate = failure.end.kind === "time-limit";
  return {
    message: cannotTell
      ? `${name} ${until === "" ? "" : "only "}exited with 75 (cannot tell)${until}`
      : isLate
      ? `${name} did not finish within its deadline of ${formatDuration(deadline)}`
      : `${name} ${texts.describeEnd(failure)}${until}`,
    details,
    hint: (isLate ? "If it needs longer, increase 'deadline'. " : "") +
      "Make the probe exit with 0 if the service uses the pair, 1 if not, and 75 if it cannot tell.",
  };
}

function blindText(
  error: ProbeFailedError,
  probe: ServerProbe | ClientProbe,
  { until, texts }: How,
): Exclude<Text, string> {
  const { stage, cause } = error;
  const reason = texts.describe(cause);
  const target = serverText(probe, error);
  const what = stage === "nothing"
    ? `cannot reach ${target}`
    : probe.kind === "client"
    ? `cannot tell whether ${target} accepts ${texts.tested.certificate}`
    : `cannot see the certificate of ${target}`;
  const connection = reason.code === "tls-connection" ? cause as TlsConnectionError : undefined;
  const why = connection === undefined
    ? fileText(probe, reason.message)
    : reasonText(connection, error, probe) ?? connectionReason(connection);
  return {
    message: `${what}${until}: ${why}`,
    ...present({ details: reason.details }),
    // The hints of other errors are about flags and files of commands, not about the options of a probe.
    hint: connection === undefined ? fileHint(probe) : connectionHint(connection, error, probe),
  };
}

/** The reason if a file of the probe is wrong: `identity`, or `trust` and the server that it is for. */
function fileText(probe: ServerProbe | ClientProbe, reason: string): string {
  return probe.kind === "client" && probe.trust !== undefined
    ? `its certificate cannot be verified with ${probe.trust}: ${reason}`
    : reason;
}

/** The hint if not the connection but a file of the probe is wrong. */
function fileHint(probe: ServerProbe | ClientProbe): string {
  const tryIt = "Try it with 'certswap config check --probe'.";
  return probe.kind === "client"
    ? "Set the probe's 'trust' to a file with the root CA certificate of the server's chain, " +
      `or remove it to accept any server. ${tryIt}`
    : `Correct the files of the probe's 'identity'. ${tryIt}`;
}

/** The reason, if the configuration of the probe tells more than the connection error. */
function reasonText(
  error: TlsConnectionError,
  failed: ProbeFailedError,
  { startTls }: ServerProbe | ClientProbe,
): string | undefined {
  const { reason, said } = error;
  const other = otherProtocol(error, startTls);
  if (other !== undefined && startTls !== undefined) {
    return other === "tls"
      ? `the server speaks TLS from the first byte, not ${protocolNames[startTls]}`
      : `the server speaks ${protocolNames[other]} on this port, not ${protocolNames[startTls]}`;
  }
  if (reason === "starttls" && said !== undefined) {
    return `the server did not start TLS; it answered: ${said}`;
  }
  const { keyType, stage } = failed;
  if (isHandshake(error) && keyType !== undefined && isInTls(stage)) {
    return needsOlderTls(error, failed)
      ? `the server supports only TLS 1.3, in which certswap cannot ask for a certificate with ${
        keyText(keyType)
      }${otherText(failed)}`
      : `the server has no certificate with ${keyText(keyType)}${otherText(failed)}`;
  }
  return isHandshake(error) && stage === "certificate" && error.alert === undefined
    ? "the server closed the connection after the handshake without an alert"
    : undefined;
}

function isHandshake({ reason }: TlsConnectionError): boolean {
  return reason === "handshake" || reason === "unseen";
}

function keyText(keyType: KeyType | undefined): string {
  return keyType === undefined ? "another key" : `an ${keyType.toUpperCase()} key`;
}

function otherText({ otherwise }: ProbeFailedError): string {
  if (otherwise === undefined) return "";
  const { keyType, subject } = otherwise;
  return `; it has one with ${keyText(keyType)}${subject === undefined ? "" : ` (${subject})`}`;
}

/** The protocol of the server's first bytes, if it is not that of `starttls`. */
function otherProtocol(
  { reason, banner }: TlsConnectionError,
  startTls: StartTls | undefined,
): Banner | undefined {
  const isBeforeTls = reason === "starttls" || reason === "time-limit";
  return isBeforeTls && startTls !== undefined && banner !== startTls ? banner : undefined;
}

/** The protocols in which the server speaks first, before TLS. */
const greets: ReadonlySet<StartTls> = new Set(["smtp", "imap", "pop3", "ftp", "mysql"]);

/** Whether the server refused TLS 1.2, the only version in which certswap can ask for a key type. */
function needsOlderTls({ alert }: TlsConnectionError, { keyType }: ProbeFailedError): boolean {
  return keyType !== undefined && alert === "protocol_version";
}

const protocolNames: Readonly<Record<StartTls | Banner, string>> = {
  smtp: "SMTP",
  imap: "IMAP",
  pop3: "POP3",
  ldap: "LDAP",
  postgres: "the PostgreSQL protocol",
  mysql: "the MySQL protocol",
  ftp: "FTP",
  xmpp: "XMPP",
  ssh: "SSH",
  http: "HTTP",
  tls: "TLS",
};

/** Which option helps. */
function connectionHint(
  error: TlsConnectionError,
  failed: ProbeFailedError,
  probe: ServerProbe | ClientProbe,
): string {
  const { reason, banner } = error;
  const other = otherProtocol(error, probe.startTls);
  if (other !== undefined) return protocolHint(other);
  switch (reason) {
    case "refused":
    case "unreachable":
      return "Start the service, or correct 'url'. If it needs longer to start, increase 'deadline'.";
    case "unknown-host":
      return "Correct the host name in 'url', or add it to DNS or /etc/hosts.";
    case "not-tls":
      return banner === undefined
        ? `Set 'starttls' (${alternatives(startTlsProtocols)}), or correct the port in 'url'.`
        : protocolHint(banner);
    case "time-limit":
      return lateHint(error, failed, probe);
    case "starttls":
      return banner === probe.startTls && banner !== undefined
        ? "Enable TLS in the service on this port. Its log may say why it does not offer it."
        : "Check that the service offers TLS on this port, and that 'starttls' names its " +
          "protocol. Remove 'starttls' if the port speaks TLS from the first byte.";
    case "unusable-identity":
      return probe.kind === "client"
        ? "Use a command probe for this pair."
        : "Set 'identity' to another certificate and key.";
    case "not-asked":
      return "Correct 'url', or make the server ask for a client certificate.";
    case "client-certificate":
      return probe.kind === "client"
        ? "Check that the server trusts the CA of this certificate."
        : "Set 'identity' to a certificate and key that the server accepts.";
    case "handshake":
    case "unseen":
    // No probe uses a proxy, or refuses a certificate.
    case "untrusted":
    case "proxy":
    case "proxy-unreachable":
    case "proxy-variable":
      return handshakeHint(error, failed, probe);
  }
}

/** What to do if the server speaks another protocol than expected. */
function protocolHint(banner: Banner): string {
  if (banner === "tls") return "Remove 'starttls'.";
  return isStartTls(banner) ? `Set starttls = "${banner}".` : "Correct the port in 'url'.";
}

function lateHint(
  { banner }: TlsConnectionError,
  { stage }: ProbeFailedError,
  { startTls }: ServerProbe | ClientProbe,
): string {
  const longer = "If the service needs longer, increase 'deadline'.";
  // A server that has answered in TLS needs no STARTTLS.
  if (isInTls(stage)) return longer;
  // A server that speaks TLS waits for the client, and so does certswap for the greeting.
  if (startTls !== undefined && greets.has(startTls) && banner === undefined) {
    return `In ${
      protocolNames[startTls]
    } the server speaks first. If this one does not, the port ` +
      `speaks TLS from the first byte: remove 'starttls'. ${longer}`;
  }
  return startTls === undefined
    ? `If the port speaks TLS only after STARTTLS, set 'starttls' (${
      alternatives(startTlsProtocols)
    }). ${longer}`
    : "Check that 'starttls' names the protocol of this port; remove it if the port speaks TLS " +
      `from the first byte. ${longer}`;
}

function isInTls(stage: ProbeFailedError["stage"]): boolean {
  return stage === "handshake" || stage === "certificate";
}

function handshakeHint(
  error: TlsConnectionError,
  failed: ProbeFailedError,
  probe: ServerProbe | ClientProbe,
): string {
  if (error.alert === "unrecognized_name") {
    return "Set 'server_name' to a name that the server knows.";
  }
  const isServer = probe.kind === "server";
  if (isServer && needsOlderTls(error, failed)) {
    const first = probe.keyType === undefined
      ? serviceHint
      : "Remove 'key_type' if the server has one certificate.";
    return `${first} Enable TLS 1.2 in the server, or use a command probe.`;
  }
  const isAsked = isServer && failed.keyType !== undefined;
  const options = isInTls(failed.stage)
    ? [
      ...(isServer && !isAsked ? ["'key_type' if the server has RSA and ECDSA certificates"] : []),
      ...(isServer && failed.otherwise === undefined && probe.identity.kind !== "files"
        ? ["'identity' if it requires a client certificate"]
        : []),
    ]
    : probe.startTls === undefined
    ? ["'starttls' if the port speaks TLS only after STARTTLS"]
    : [];
  return [
    ...(isAsked
      ? [
        probe.keyType === undefined
          ? serviceHint
          : `Remove key_type = "${probe.keyType}" if the server has no such certificate.`,
      ]
      : []),
    ...(options.length === 0 ? [] : [`Set ${alternatives(options)}.`]),
    "If the probe still cannot see the certificate, use a command probe.",
  ].join(" ");
}

function isStartTls(banner: string): boolean {
  return startTlsProtocols.some((protocol) => protocol === banner);
}
