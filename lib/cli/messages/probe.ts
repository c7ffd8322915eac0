/** Text for a probe that did not see the service use the active pair, and which option may help. */
import { formatDuration } from "../../device/mod.ts";
import {
  type ClientProbe,
  type CommandProbe,
  type KeyType,
  type ProbeFailedError,
  type ProgramFailure,
  type ServerProbe,
  startTlsProtocols,
} from "../../device/service/mod.ts";
import { type Banner, present, type StartTls, type TlsConnectionError } from "../../system/mod.ts";
import { alternatives } from "../text.ts";
import { commandText, type DescribeCause, quotedCommand, type Text } from "./message.ts";

/** How the texts of what lies under the error are made. */
interface Texts {
  readonly describe: DescribeCause;
  readonly describeEnd: (failure: ProgramFailure) => string;
  readonly outputLines: (failure: ProgramFailure) => string[];
}

/** How one text is made. */
interface How {
  /** What is said of the time that it had. */
  readonly until: string;
  readonly texts: Texts;
}

/** Says what a probe saw, or why it could not see, and which option to set. */
export function probeFailedText(error: ProbeFailedError, texts: Texts): Text {
  const text = textOf(error, texts);
  const place = placeText(error);
  // The text of a command probe has it within.
  return place === undefined || error.probe.kind === "command"
    ? text
    : { ...text, message: `${place}: ${text.message}` };
}

/** Which of several probes of the pair it is. */
function placeText({ place }: Pick<ProbeFailedError, "place">): string | undefined {
  return place === undefined || place.count === 1
    ? undefined
    : `probe ${place.position} of ${place.count}`;
}

function textOf(error: ProbeFailedError, texts: Texts): Exclude<Text, string> {
  const { probe, waited } = error;
  // A look that was not repeated has no deadline that could have been longer.
  const until = waited === undefined ? "" : ` within the deadline of ${formatDuration(waited)}`;
  switch (probe.kind) {
    case "command":
      return commandProbeText(error, probe, { until, texts });
    case "client":
      return error.saw === "another"
        ? refusedText(error, probe, until)
        : blindText(error, probe, { until, texts });
    case "server":
      return error.saw === "another"
        ? anotherText(error, probe, until)
        : blindText(error, probe, { until, texts });
  }
}

/** `device.example:443`; with the name that it asks for, if that is another and the pair has more probes. */
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
  until: string,
): Exclude<Text, string> {
  const { served, certificate } = error;
  const target = serverText(probe, error);
  return {
    message: `the service at ${target} does not serve the active certificate${until}`,
    details: [
      `it serves: SHA-256 ${served}`,
      ...(certificate === undefined
        ? []
        : [`subject: ${certificate.subject}`, `serial: ${certificate.serialNumber}`]),
    ],
    hint: `${serviceHint} If it has several certificates, set 'server_name'${
      probe.keyType === undefined ? " or 'key_type'" : ""
    }. If it needs longer, set 'deadline'.`,
  };
}

const serviceHint = "Check that the hook makes the service load the pair, and that the service " +
  "reads these files.";

function refusedText(
  error: ProbeFailedError,
  probe: ClientProbe,
  until: string,
): Exclude<Text, string> {
  const { alert } = error.cause as Partial<TlsConnectionError>;
  return {
    message: `the server at ${
      serverText(probe, error)
    } does not accept the active certificate${until}`,
    ...(alert === undefined ? {} : { details: [`its TLS alert: ${alert}`] }),
    hint: "Check that the server trusts the CA of this certificate, and its subject and names.",
  };
}

function commandProbeText(
  error: ProbeFailedError,
  { command, deadline }: CommandProbe,
  { until, texts }: How,
): Exclude<Text, string> {
  const { failure, saw, cause } = error;
  const place = placeText(error);
  const name = place === undefined
    ? `the probe ${quotedCommand(command)}`
    : `${place} (${commandText(command)})`;
  if (failure === undefined) {
    const reason = texts.describe(cause);
    return {
      message: `cannot run ${name}: ${reason.message}`,
      ...present({ hint: reason.hint }),
    };
  }
  const details = texts.outputLines(failure);
  if (saw === "another") {
    return {
      message: `the service does not use the active pair${until}, says ${name}`,
      details,
      hint: `${serviceHint} If it needs longer, set 'deadline'.`,
    };
  }
  const cannotTell = failure.end.kind === "exit" && failure.end.code === 75;
  const isLate = failure.end.kind === "time-limit";
  return {
    message: cannotTell
      ? `${name} cannot tell whether the service uses the active pair${until}`
      : isLate
      ? `${name} did not end by its deadline, ${formatDuration(deadline)}`
      : `${name} ${texts.describeEnd(failure)}${until}`,
    details,
    hint: (isLate ? "If it needs longer, set 'deadline'. " : "") +
      "A probe exits with 0 if the service uses the pair, 1 if not, and 75 if it cannot tell.",
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
    ? `cannot tell whether ${target} accepts the active certificate`
    : `cannot see the certificate of ${target}`;
  const connection = reason.code === "tls-connection" ? cause as TlsConnectionError : undefined;
  const why = connection === undefined
    ? fileText(probe, reason.message)
    // The message of a connection names the address once more.
    : reasonText(connection, error, probe) ??
      reason.message.replace(/^no certificate from \S+: /, "");
  return {
    message: `${what}${until}: ${why}`,
    ...present({ details: reason.details }),
    // The hints of other errors are about flags and files of commands, not about the keys of a probe.
    hint: connection === undefined ? fileHint(probe) : connectionHint(connection, error, probe),
  };
}

/** What is wrong with a file that the probe names; with `trust`, or with the server that it is for. */
function fileText(probe: ServerProbe | ClientProbe, reason: string): string {
  return probe.kind === "client" && probe.trust !== undefined
    ? `its certificate cannot be verified with ${probe.trust}: ${reason}`
    : reason;
}

/** What can be wrong besides the connection are files that the probe names. */
function fileHint(probe: ServerProbe | ClientProbe): string {
  const tryIt = "Try it with 'certswap config check --probe'.";
  return probe.kind === "client"
    ? "Set 'trust' of the probe to a file with the CA certificate that the server's chain leads to, " +
      `or remove it if any server will do. ${tryIt}`
    : `Correct the files of 'identity' in the probe. ${tryIt}`;
}

/** The reason, if more can be said of it by what the probe is configured for. */
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
    return `the server did not start TLS, and answered: ${said}`;
  }
  const { keyType, stage } = failed;
  if (isHandshake(error) && keyType !== undefined && isInTls(stage)) {
    return needsOlderTls(error, failed)
      ? `the server speaks only TLS 1.3, in which certswap cannot ask for a certificate with ${
        keyText(keyType)
      }${otherText(failed)}`
      : `the server shows no certificate with ${keyText(keyType)}${otherText(failed)}`;
  }
  return isHandshake(error) && stage === "certificate" && error.alert === undefined
    ? "the server ended the connection after the handshake, without an alert"
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
  return `; it shows one with ${keyText(keyType)}${subject === undefined ? "" : ` (${subject})`}`;
}

/** What the server's first bytes show, if that is another protocol than the one of `starttls`. */
function otherProtocol(
  { reason, banner }: TlsConnectionError,
  startTls: StartTls | undefined,
): Banner | undefined {
  const isBeforeTls = reason === "starttls" || reason === "time-limit";
  return isBeforeTls && startTls !== undefined && banner !== startTls ? banner : undefined;
}

/** Whether the server has refused TLS 1.2, in which alone a type of key can be asked for. */
function needsOlderTls({ alert }: TlsConnectionError, { keyType }: ProbeFailedError): boolean {
  return keyType !== undefined && alert === "protocol_version";
}

const protocolNames: Readonly<Record<StartTls | Banner, string>> = {
  smtp: "SMTP",
  imap: "IMAP",
  pop3: "POP3",
  ldap: "LDAP",
  postgres: "the protocol of PostgreSQL",
  mysql: "the protocol of MySQL",
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
      return "Start the service, or correct 'url'. If it needs longer to start, set 'deadline'.";
    case "unknown-host":
      return "Correct the host name in 'url', or have the DNS (or /etc/hosts) know it.";
    case "not-tls":
      return banner === undefined
        ? `Set 'starttls' (${alternatives(startTlsProtocols)}), or correct the port in 'url'.`
        : protocolHint(banner);
    case "time-limit":
      return lateHint(failed, probe);
    case "starttls":
      return banner === probe.startTls && banner !== undefined
        ? "Have the service offer TLS on this port: its log may say why it does not."
        : "Check that the service offers TLS on this port, and that 'starttls' names its " +
          "protocol. Remove 'starttls' if the port speaks TLS from the first byte.";
    case "unusable-identity":
      return probe.kind === "client"
        ? "Use a command probe for this pair."
        : "Set 'identity' to another certificate and key.";
    case "not-asked":
      return "Correct 'url': the server must be one that asks for a client certificate.";
    case "client-certificate":
      return probe.kind === "client"
        ? "Check that the server trusts the CA of this certificate."
        : "Set 'identity' to a certificate and key that the server accepts.";
    case "handshake":
    case "unseen":
      return handshakeHint(error, failed, probe);
  }
}

/** What to do about a server that speaks another protocol than expected. */
function protocolHint(banner: Banner): string {
  if (banner === "tls") return "Remove 'starttls'.";
  return isStartTls(banner) ? `Set starttls = "${banner}".` : "Correct the port in 'url'.";
}

function lateHint({ stage }: ProbeFailedError, { startTls }: ServerProbe | ClientProbe): string {
  const longer = "If the service needs longer, set 'deadline'.";
  // Who has answered in TLS needs no STARTTLS.
  if (isInTls(stage)) return longer;
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
    return `${first} Have the server also accept TLS 1.2, or use a command probe.`;
  }
  const isAsked = isServer && failed.keyType !== undefined;
  const options = isInTls(failed.stage)
    ? [
      ...(isServer && !isAsked ? ["'key_type' if the server has RSA and ECDSA certificates"] : []),
      ...(isServer && failed.otherwise === undefined && probe.identity.kind !== "files"
        ? ["'identity' if it demands a client certificate"]
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
    "If certswap cannot see it at all, use a command probe.",
  ].join(" ");
}

function isStartTls(banner: string): boolean {
  return startTlsProtocols.some((protocol) => protocol === banner);
}
