/** The status of a server and its CA, for programs. */
import { formatTime } from "../../system/mod.ts";
import { type Certificate, formatName, formatSerial } from "../../x509/mod.ts";
import type { ServerContext } from "../context.ts";
import type { OcspState } from "../ocsp/mod.ts";
import { rolloverToJson } from "../page/mod.ts";
import { reasonsNotReady } from "./routes.ts";
import type { MetricTerms } from "./metrics.ts";

/** The content of `/status.json`. */
export function statusOf(context: ServerContext, terms: MetricTerms): Record<string, unknown> {
  const { system, watch, directory, settings } = context;
  const { view } = watch;
  const { root: { certificate }, above } = view.hierarchy;
  const crl = view.crl?.crl;
  return {
    time: formatTime(system.clock.now()),
    started: formatTime(terms.startedAt),
    ready: reasonsNotReady(context, terms).length === 0,
    notReady: reasonsNotReady(context, terms),
    dataDirectory: directory,
    ca: certificateToJson(certificate),
    chain: above.map(certificateToJson),
    certificates: terms.counts ?? null,
    crl: crl === undefined ? null : {
      number: crl.number.toString(),
      thisUpdate: formatTime(crl.thisUpdate),
      nextUpdate: crl.nextUpdate === undefined ? null : formatTime(crl.nextUpdate),
      revoked: crl.entries.length,
      published: settings().crl.publish === undefined ? null : view.publishedCrl === crl.number,
    },
    ocsp: ocspToJson(terms.ocsp.state),
    rollover: rolloverToJson(context, terms.rollover),
    connections: terms.connections(),
  };
}

function ocspToJson({ responder, failure, kept }: OcspState): Record<string, unknown> {
  return { responder: responder ?? null, failure: failure?.code ?? null, kept };
}

function certificateToJson(
  { subject, serial, notBefore, notAfter }: Certificate,
): Record<string, unknown> {
  return {
    subject: formatName(subject),
    serial: formatSerial(serial),
    notBefore: formatTime(notBefore),
    notAfter: formatTime(notAfter),
  };
}
