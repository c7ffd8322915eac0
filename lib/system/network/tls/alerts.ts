/** The names of TLS alerts. */

/** RFC 8446 section 6 and RFC 5246 section 7.2. */
const names: Readonly<Record<number, string>> = {
  0: "close_notify",
  10: "unexpected_message",
  20: "bad_record_mac",
  21: "decryption_failed",
  22: "record_overflow",
  30: "decompression_failure",
  40: "handshake_failure",
  41: "no_certificate",
  42: "bad_certificate",
  43: "unsupported_certificate",
  44: "certificate_revoked",
  45: "certificate_expired",
  46: "certificate_unknown",
  47: "illegal_parameter",
  48: "unknown_ca",
  49: "access_denied",
  50: "decode_error",
  51: "decrypt_error",
  60: "export_restriction",
  70: "protocol_version",
  71: "insufficient_security",
  80: "internal_error",
  86: "inappropriate_fallback",
  90: "user_canceled",
  100: "no_renegotiation",
  109: "missing_extension",
  110: "unsupported_extension",
  112: "unrecognized_name",
  113: "bad_certificate_status_response",
  115: "unknown_psk_identity",
  116: "certificate_required",
  120: "no_application_protocol",
};

/** The name of an alert by its number; the number itself if RFC 8446 has no name for it. */
export function alertName(description: number): string {
  return names[description] ?? `alert_${description}`;
}

/**
 * The name of the alert in an error of the runtime's TLS, which writes `received fatal alert: UnknownCA`.
 *
 * @returns `undefined` if the error is about something else.
 */
export function alertInMessage(message: string): string | undefined {
  const [, found] = message.split("received fatal alert: ");
  if (found === undefined) return undefined;
  const word = found.trim().toLowerCase();
  return Object.values(names).find((name) => name.replaceAll("_", "") === word) ?? "unknown";
}

/**
 * Without those that a server also sends to a client that has presented none: `certificate_required`,
 * `no_certificate`, and in TLS 1.2 `handshake_failure`.
 */
const aboutCertificates: ReadonlySet<string> = new Set([
  "bad_certificate",
  "unsupported_certificate",
  "certificate_revoked",
  "certificate_expired",
  "certificate_unknown",
  "unknown_ca",
  "access_denied",
  "decrypt_error",
]);

/** Whether an alert is about the certificate that was presented (RFC 8446 section 6.2). */
export function refusesCertificate(alert: string): boolean {
  return aboutCertificates.has(alert);
}
