/** Text for a probe that did not see the service use the active pair, and which option may help. */
import { formatDuration } from "../../device/mod.ts";
import {
  type ClientProbe,
  type ProbeConfiguration,
  type ProbeFailedError,
  type ProgramFailure,
  type ServerProbe,
  startTlsProtocols,
} from "../../device/service/mod.ts";
import { present, type TlsConnectionError } from "../../system/mod.ts";
import { alternatives } from "../text.ts";
import type { DescribeCause, Text } from "./message.ts";

/** How the texts of what lies under the error are made. */
interface Texts {
  readonly describe: DescribeCause;
  readonly describeFailure: (failure: ProgramFailure) => string;
  readonly outputLines: (failure: ProgramFailure) => string[];
}

/** Says what a probe saw, or why it could not see, and which option to set. */
export function probeFailedText(error: ProbeFailedError, texts: Texts): Text {
  const { probe, waited } = error;
  // A look that was not repeated has no deadline that could have been longer.
  const until = waited === undefined ? "" : ` within its deadline of ${formatDuration(waited)}`;
  switch (probe.kind) {
    case "command":
      return commandText(error, until, texts);
    case "client":
      return error.saw === "another"
        ? refusedText(probe, until, texts.describe(error.cause).message)
        : blindText(error, probe, { until, texts });
    case "server":
      return error.saw === "another"
        ? anotherText(error, probe, until)
        : blindText(error, probe, { until, texts });
  }
}

/** What a probe looks at: `device.example:443`, or the program of a command probe. */
export function probeTarget(probe: ProbeConfiguration): string {
  if (probe.kind === "command") return probe.command[0];
  const { host, port } = probe;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function anotherText(
  { served, certificate }: ProbeFailedError,
  probe: ServerProbe,
  until: string,
): Text {
  return {
    message: `the service at ${probeTarget(probe)} does not serve the active certificate${until}`,
    details: [
      `it serves: SHA-256 ${served}`,
      ...(certificate === undefined
        ? []
        : [`subject: ${certificate.subject}`, `serial: ${certificate.serialNumber}`]),
    ],
    hint: "Check that the hook makes the service load the pair, and that the service reads these " +
      "files. If it has several certificates, set 'server_name' or 'key_type'. If it needs " +
      "longer, set 'deadline'.",
  };
}

function refusedText(probe: ClientProbe, until: string, reason: string): Text {
  return {
    message: `the server at ${probeTarget(probe)} does not accept the active certificate${until}`,
    details: [reason],
    hint: "Check that the server trusts the CA of this certificate, and its subject and names.",
  };
}

function commandText(error: ProbeFailedError, until: string, texts: Texts): Text {
  const { probe, failure, saw, cause } = error;
  const program = probeTarget(probe);
  if (failure === undefined) {
    const reason = texts.describe(cause);
    return {
      message: `cannot run the probe: ${reason.message}`,
      ...present({ hint: reason.hint }),
    };
  }
  const details = texts.outputLines(failure);
  if (saw === "another") {
    return {
      message: `the service does not use the active pair, says the probe ${program}${until}`,
      details,
      hint: "Check that the hook makes the service load the pair, and that the service reads " +
        "these files. If it needs longer, set 'deadline'.",
    };
  }
  const cannotTell = failure.end.kind === "exit" && failure.end.code === 75;
  const isLate = failure.end.kind === "time-limit";
  return {
    message: cannotTell
      ? `the probe ${program} cannot tell whether the service uses the active pair${until}`
      : isLate
      ? `the probe ${program} did not end by its deadline, ${formatDuration(probe.deadline)}`
      : `the probe ${texts.describeFailure(failure)}${until}`,
    details,
    hint: (isLate ? "If it needs longer, set 'deadline'. " : "") +
      "A probe exits with 0 if the service uses the pair, 1 if not, and 75 if it cannot tell.",
  };
}

function blindText(
  { stage, cause }: ProbeFailedError,
  probe: ServerProbe | ClientProbe,
  { until, texts }: { readonly until: string; readonly texts: Texts },
): Text {
  const reason = texts.describe(cause);
  const target = probeTarget(probe);
  const what = stage === "nothing"
    ? `cannot reach ${target}`
    : probe.kind === "client"
    ? `cannot tell whether ${target} accepts the active certificate`
    : `cannot see the certificate of ${target}`;
  return {
    // The message of a connection names the address once more.
    message: `${what}${until}: ${reason.message.replace(/^no certificate from \S+: /, "")}`,
    ...present({ details: reason.details }),
    hint: reason.code === "tls-connection"
      ? connectionHint(cause as TlsConnectionError, probe)
      : reason.hint ??
        "Correct the probe's files, and try it with 'certswap config check --probe'.",
  };
}

/** Which option helps. */
function connectionHint(
  { reason, banner, alert }: TlsConnectionError,
  probe: ServerProbe | ClientProbe,
): string {
  switch (reason) {
    case "refused":
    case "unreachable":
    case "unknown-host":
      return "Start the service, or correct 'url'. If it needs longer to start, set 'deadline'.";
    case "not-tls":
      return banner !== undefined && isStartTls(banner)
        ? `Set starttls = "${banner}".`
        : `Set 'starttls' (${alternatives(startTlsProtocols)}), or correct the port in 'url'.`;
    case "time-limit":
      return probe.startTls === undefined
        ? `If the port speaks TLS only after STARTTLS, set 'starttls' (${
          alternatives(startTlsProtocols)
        }). ` +
          "If the service needs longer, set 'deadline'."
        : "Check that 'starttls' names the protocol of this port. If the service needs longer, " +
          "set 'deadline'.";
    case "starttls":
      return "Check that the service offers TLS on this port, and that 'starttls' names its " +
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
      return handshakeHint(alert, probe);
  }
}

function handshakeHint(alert: string | undefined, probe: ServerProbe | ClientProbe): string {
  if (alert === "unrecognized_name") return "Set 'server_name' to a name that the server knows.";
  const options = [
    ...(probe.startTls === undefined
      ? ["'starttls' if the port speaks TLS only after STARTTLS"]
      : []),
    ...(probe.kind === "server" && probe.keyType === undefined
      ? ["'key_type' if the server has RSA and ECDSA certificates"]
      : []),
    ...(probe.kind === "server" && probe.identity.kind !== "files"
      ? ["'identity' if it demands a client certificate"]
      : []),
  ];
  const set = options.length === 0 ? "" : `Set ${alternatives(options)}. `;
  const remove = probe.kind === "server" && probe.keyType !== undefined
    ? `Remove key_type = "${probe.keyType}" if the server has no such certificate. `
    : "";
  return `${set}${remove}If certswap cannot see it at all, use a command probe.`;
}

function isStartTls(banner: string): boolean {
  return startTlsProtocols.some((protocol) => protocol === banner);
}
