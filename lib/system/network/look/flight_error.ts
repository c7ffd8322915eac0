/** Explains why a server showed no certificate, from what was read. */
import { TlsConnectionError } from "../../errors.ts";
import type { Stage, TlsEndpoint } from "../sight.ts";
import { firstLine, recognizeBanner, type ServerFlight } from "../tls/mod.ts";

/** A handshake that ended without a usable certificate. */
export function stageOf({ hasAnswered }: ServerFlight): Stage {
  return hasAnswered ? "handshake" : "connected";
}

/** The error for a handshake that ended without a certificate. */
export function flightError(endpoint: TlsEndpoint, flight: ServerFlight): TlsConnectionError {
  const { end, alert, beginning } = flight;
  switch (end) {
    case "not-tls":
      return new TlsConnectionError(endpoint, "not-tls", {
        banner: recognizeBanner(beginning),
        said: firstLine(beginning) || undefined,
      });
    case "alert":
    case "done":
      return new TlsConnectionError(endpoint, "unseen", { alert });
    case "open":
    case "malformed":
      return new TlsConnectionError(endpoint, "handshake");
  }
}
