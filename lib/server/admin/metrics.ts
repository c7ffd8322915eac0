/** The metrics of a server, in the Prometheus text format. */
import { formatCrlMetrics } from "../../ca/crl/mod.ts";
import type { CertificateCounts } from "../../ca/inventory/mod.ts";
import {
  formatFamily,
  type MetricFamily,
  seriesWith,
  toNumber,
} from "../../protocol/prometheus/mod.ts";
import type { ServerContext } from "../context.ts";
import { devicesOf, type RolloverSight } from "../page/mod.ts";
import type { AdminTerms } from "./routes.ts";

/** What the metrics are made of. */
export interface MetricTerms extends AdminTerms {
  /** `undefined`: the CA cannot be read. */
  readonly counts: CertificateCounts | undefined;
  /** `undefined`: the CA is not being replaced. */
  readonly rollover: RolloverSight | undefined;
}

/** Counters: see the `Counters` of the server. */
const counters: readonly MetricFamily[] = [
  {
    name: "server_enrolments_total",
    type: "counter",
    help: "Enrolments over EST, by result.",
  },
  {
    name: "server_expired_renewals_total",
    type: "counter",
    help: "Certificates that were renewed over EST after they had expired.",
  },
  {
    name: "server_batches_total",
    type: "counter",
    help: "Changes of the CA that issued certificates for one or more enrolments.",
  },
  {
    name: "server_requests_total",
    type: "counter",
    help: "Requests answered, by server, route and status.",
  },
  {
    name: "server_refused_total",
    type: "counter",
    help:
      "Connections and requests refused because of a limit or their form, by server and reason.",
  },
  {
    name: "server_ocsp_responses_total",
    type: "counter",
    help: "OCSP responses by what they say: good, revoked, unknown, several, or an error status.",
  },
  {
    name: "server_ocsp_signatures_total",
    type: "counter",
    help: "OCSP responses signed. The others were answered with one that was signed before.",
  },
];

interface Gauge extends MetricFamily {
  readonly measure: (context: ServerContext, terms: MetricTerms) => Date | number | boolean;
}

const gauges: readonly Gauge[] = [
  {
    name: "server_start_timestamp_seconds",
    type: "gauge",
    help: "When the server was started.",
    measure: (_, { startedAt }) => startedAt,
  },
  {
    name: "server_connections",
    type: "gauge",
    help: "Open connections of all servers.",
    measure: (_, { connections }) => connections(),
  },
  {
    name: "server_ca_readable",
    type: "gauge",
    help: "Whether the CA can be read (1); otherwise what was read before is served.",
    measure: ({ watch }) => watch.failure === undefined,
  },
  {
    name: "server_can_sign",
    type: "gauge",
    help: "Whether the CA's key can be opened (1).",
    measure: (_, { signFailure }) => signFailure() === undefined,
  },
  {
    name: "server_ca_not_after_timestamp_seconds",
    type: "gauge",
    help: "When the certificate of the CA expires.",
    measure: ({ watch }) => watch.view.hierarchy.root.certificate.notAfter,
  },
  {
    name: "server_ocsp_kept_responses",
    type: "gauge",
    help: "Signed OCSP responses in memory.",
    measure: (_, { ocsp }) => ocsp.state.kept,
  },
  {
    name: "server_ocsp_responder_failed",
    type: "gauge",
    help: "Whether a new certificate of the OCSP responder is due, but could not be issued (1).",
    measure: (_, { ocsp }) => ocsp.state.failure !== undefined,
  },
];

const certificates: MetricFamily = {
  name: "server_ca_certificates",
  type: "gauge",
  help:
    "Certificates by status; expiring ones expire within 30 days and are also active. Overdue: the newest " +
    "ones of devices that have not renewed in time.",
};

/** Only with a responder: the number 0 would be a date long ago. */
const responderNotAfter: MetricFamily = {
  name: "server_ocsp_responder_not_after_timestamp_seconds",
  type: "gauge",
  help: "When the certificate of the OCSP responder expires; absent if there is none.",
};

/** Only while the CA is being replaced. */
const rolloverPhase: MetricFamily = {
  name: "server_rollover_phase_timestamp_seconds",
  type: "gauge",
  help: "When the rollover entered this phase; absent if there is none, or if it is over.",
};

const rolloverDevices: MetricFamily = {
  name: "server_rollover_devices",
  type: "gauge",
  help:
    "Devices during a rollover: moved ones have a certificate of the next CA, remaining ones have none, " +
    "fetched ones asked for the certificates of both CAs.",
};

/** Every metric that only a server has. */
export const serverMetricFamilies: readonly MetricFamily[] = [
  ...gauges,
  responderNotAfter,
  certificates,
  rolloverPhase,
  rolloverDevices,
  ...counters,
];

/** All metrics of a server, those of its CRL included. */
export function formatServerMetrics(context: ServerContext, terms: MetricTerms): string {
  const { watch, settings, counters: counted, directory } = context;
  const { crlState, counts } = terms;
  const { crl, publishedCrl } = watch.view;
  const sight = crl && {
    ...crl.crl,
    revoked: crl.crl.entries.length,
    isPublished: publishedCrl === crl.crl.number,
  };
  const { responder } = terms.ocsp.state;
  const hasHook = settings().crl.publish !== undefined;
  const at = crlState.lastRun ?? terms.startedAt;
  const exit = crlState.failure === undefined ? 0 : 1;
  return [
    formatCrlMetrics({ crl: sight, hasHook, at, exit }, directory),
    ...gauges.map(({ measure, ...family }) =>
      formatFamily(family, [
        `${seriesWith(family.name, {})} ${toNumber(measure(context, terms))}\n`,
      ])
    ),
    formatFamily(
      responderNotAfter,
      responder === undefined ? [] : [
        `${seriesWith(responderNotAfter.name, {})} ${toNumber(new Date(responder.notAfter))}\n`,
      ],
    ),
    formatFamily(
      certificates,
      Object.entries(counts ?? {}).map(([status, count]) =>
        `${seriesWith(certificates.name, { status })} ${count}\n`
      ),
    ),
    formatRollover(terms.rollover),
    ...counters.map((family) => formatFamily(family, counted.samples(family.name))),
  ].join("");
}

function formatRollover(rollover: RolloverSight | undefined): string {
  const isOver = rollover?.record.phase === "finished";
  const { record, status } = rollover ?? {};
  const phase = record === undefined || isOver ? [] : [
    `${seriesWith(rolloverPhase.name, { phase: record.phase })} ${
      toNumber(new Date(record.since))
    }\n`,
  ];
  const devices = Object.entries(status === undefined ? {} : devicesOf(status));
  return [
    formatFamily(rolloverPhase, phase),
    formatFamily(
      rolloverDevices,
      devices.map(([state, count]) => `${seriesWith(rolloverDevices.name, { state })} ${count}\n`),
    ),
  ].join("");
}
