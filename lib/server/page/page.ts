/** The page of a server: a CA at a glance, without a script. */
import { formatTime } from "../../system/mod.ts";
import { type Certificate, formatName, formatSerial } from "../../x509/mod.ts";
import type { ServerContext } from "../context.ts";
import { isLate } from "../crl/mod.ts";
import type { OcspState } from "../ocsp/mod.ts";
import { commandText } from "./command.ts";
import { type Html, html, time } from "./html.ts";
import type { ListedCertificate, ListedEvent, ListedRequest, Overview, Shown } from "./overview.ts";
import { rolloverRows, type RolloverSight } from "./rollover.ts";

/** What the page is made of, besides the context. */
export interface PageContent {
  /** `undefined`: the CA cannot be read. */
  readonly overview: Overview | undefined;
  /** Why the server cannot do all of its work, one line each. */
  readonly notReady: readonly string[];
  readonly ocsp: OcspState;
  /** `undefined`: the CA is not being replaced. */
  readonly rollover: RolloverSight | undefined;
  readonly startedAt: Date;
  /** What was searched for, and what was found; `undefined`: nothing was. */
  readonly search: { readonly words: string; readonly found: Shown<ListedCertificate> } | undefined;
}

/** The page as HTML. */
export function pageOf(context: ServerContext, content: PageContent): string {
  const { root: { certificate } } = context.watch.view.hierarchy;
  const name = formatName(certificate.subject);
  const { overview, notReady, search } = content;
  const state = notReady.length === 0
    ? html`<p class="good">Everything works.</p>`
    : html`<p class="bad" role="status">${notReady.join("; ")}</p>`;
  const page = html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>${search === undefined ? name : `${search.words} - ${name}`}</title>
        <link rel="stylesheet" href="/style.css">
        <link rel="icon" href="data:,">
      </head>
      <body>
        <header><h1>${name}</h1>${state}</header>
        <form action="/" method="get" role="search">
          <label for="q">Search by name or serial number</label>
          <input id="q" name="q" type="search" value="${search?.words ?? ""}" maxlength="200">
          <button>Search</button>
        </form>
        <main>
    ${search && results(context, search)}
    ${content.rollover && section("Rollover", rolloverRows(context, content.rollover), "wide")}
    ${overview === undefined
      ? unreadable(context)
      : search === undefined
      ? overviewSections(context, overview)
      : undefined}
    ${freshness(context, content)}
    ${authorities(context)}
        </main>
        <footer>
          <p class="quiet">${footer(context, content)}</p>
        </footer>
      </body>
    </html>
  `;
  return page.text.trim();
}

function section(title: string, content: Html | readonly Html[], kind = ""): Html {
  return html`
    <section class="${kind}"><h2>${title}</h2>
    ${content}</section>
  `;
}

function unreadable(context: ServerContext): Html {
  return section(
    "Certificates",
    html`
      <p class="bad">The CA cannot be read at the moment.
      <code>${commandText("ca check", context)}</code> says why.</p>
    `,
  );
}

function results(
  context: ServerContext,
  { words, found }: NonNullable<PageContent["search"]>,
): Html {
  return section(`Found for "${words}"`, [
    certificates(found, {
      none: "No certificate has this in its serial number, subject or names.",
      all: commandText("ca list", context),
    }),
    html`<p><a href="/">Back to the overview</a></p>`,
  ], "wide");
}

function overviewSections(
  context: ServerContext,
  { counts, waiting, expiring, stopped, events }: Overview,
): Html[] {
  const labels = {
    active: "active",
    expiring: "expire within 30 days",
    expired: "expired",
    revoked: "revoked",
  };
  const numbers = Object.entries(labels).map(([key, label]) =>
    html`<li><b>${counts[key as keyof typeof labels]}</b> ${label}</li>`
  );
  return [
    section("Certificates", html`<ul class="counts">${numbers}</ul>`, "wide"),
    ...(waiting.all === 0
      ? []
      : [section("Requests waiting for approval", requestTable(context, waiting), "wide")]),
    section("Devices that stopped renewing", [
      certificates(stopped, {
        none: "None: every device has renewed in time.",
        all: commandText("ca list --overdue", context),
      }),
    ], "wide"),
    section("Certificates that expire soon", [
      certificates(expiring, {
        none: "None expires within 30 days.",
        all: commandText("ca list --expiring 30d", context),
      }),
    ], "wide"),
    section("Last changes", eventTable(events), "wide"),
  ];
}

/** @param texts what is said if there are none, and the command that lists all of them. */
function certificates(
  { shown, all }: Shown<ListedCertificate>,
  texts: { readonly none: string; readonly all: string },
): Html {
  if (shown.length === 0) return html`<p class="quiet">${texts.none}</p>`;
  const more = all > shown.length
    ? html`<p class="quiet">${shown.length} of ${all}. All of them: <code>${texts.all}</code></p>`
    : undefined;
  return html`
    <table>
      <thead>
        <tr>
          <th scope="col">Serial</th>
          <th scope="col">Subject and names</th>
          <th scope="col">Status</th>
          <th scope="col">Ends</th>
        </tr>
      </thead>
      <tbody>${shown.map(certificateRow)}</tbody>
    </table>${more}
  `;
}

const tones: Readonly<Record<ListedCertificate["status"], string>> = {
  active: "good",
  expired: "bad",
  revoked: "bad",
  superseded: "quiet",
};

function certificateRow({ serial, subject, names, status, notAfter }: ListedCertificate): Html {
  return html`
    <tr>
      <td class="serial"><a href="/?q=${encodeURIComponent(serial)}">${serial}</a></td>
      <td>${subject === "" ? "(no subject)" : subject}<br><span class="quiet">${names.join(
        ", ",
      )}</span></td>
      <td class="${tones[status]}">${status}</td>
      <td>${time(notAfter)}</td>
    </tr>
  `;
}

function requestTable(
  context: ServerContext,
  { shown, all }: Shown<ListedRequest>,
): Html {
  return html`
    <table>
      <thead>
        <tr>
          <th scope="col">Received</th>
          <th scope="col">Subject and names</th>
          <th scope="col">From</th>
          <th scope="col">To approve it</th>
        </tr>
      </thead>
      <tbody>${shown.map(({ id, subject, names, client, received }) =>
        html`
          <tr>
            <td>${time(received)}</td>
            <td>${subject}<br><span class="quiet">${names.join(", ")}</span></td>
            <td>${client}</td>
            <td><code>${commandText(`ca approve ${id.slice(0, 16)}`, context)}</code></td>
          </tr>
        `
      )}</tbody>
    </table>
    <p class="quiet">${all} in all. <code>${commandText(
      "ca requests",
      context,
    )}</code> shows them.</p>
  `;
}

function eventTable(events: readonly ListedEvent[]): Html {
  if (events.length === 0) return html`<p class="quiet">Nothing is recorded yet.</p>`;
  return html`
    <table>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Change</th>
          <th scope="col">About</th>
          <th scope="col">By</th>
        </tr>
      </thead>
      <tbody>${events.map(({ time: at, kind, serial, about, actor }) =>
        html`
          <tr>
            <td>${time(at)}</td>
            <td>${kind}</td>
            <td>${serial === undefined ? "" : html`
              <a href="/?q=${serial}">${serial}</a>
            `}${about}</td>
            <td>${actor}</td>
          </tr>
        `
      )}</tbody>
    </table>
  `;
}

/** How fresh the CRL and the OCSP responder are. */
function freshness(context: ServerContext, { ocsp }: PageContent): Html {
  const { watch: { view }, system } = context;
  const now = system.clock.now();
  const crl = view.crl?.crl;
  const crlRows = crl === undefined
    ? html`
      <dt>CRL</dt>
      <dd class="warn">none yet</dd>
    `
    : html`
      <dt>CRL</dt>
      <dd>number ${crl.number.toString()}, ${crl.entries.length} revoked</dd>
      <dt>Issued</dt>
      <dd>${time(formatTime(crl.thisUpdate))}</dd>
      <dt>Next update</dt>
      <dd class="${isLate(context, now) ? "bad" : "good"}">${crl.nextUpdate === undefined
        ? "none"
        : time(formatTime(crl.nextUpdate))}</dd>
    `;
  const responder = ocsp.responder === undefined
    ? html`<dd class="quiet">no responder yet: it is issued with the first request</dd>`
    : html`<dd>responder <a href="/?q=${ocsp.responder.serial}">${ocsp.responder.serial}</a> until ${
      time(ocsp.responder.notAfter)
    }, ${ocsp.kept} responses kept</dd>`;
  const failure = ocsp.failure && html`
    <dt>OCSP failure</dt>
    <dd class="bad">${context.explain(ocsp.failure)}</dd>
  `;
  return section("Revocation", html`<dl>${crlRows}<dt>OCSP</dt>${responder}${failure}</dl>`);
}

/** The CA's certificate, and those above it. */
function authorities({ watch: { view: { hierarchy } }, directory }: ServerContext): Html {
  const rows = [hierarchy.root.certificate, ...hierarchy.above].map(authority);
  return section("This CA", html`<dl>${rows}<dt>Store</dt><dd><code>${directory}</code></dd></dl>`);
}

function authority({ subject, serial, notBefore, notAfter }: Certificate): Html {
  return html`
    <dt>Certificate</dt>
    <dd>${formatName(subject)}<br>
    <span class="quiet">serial ${formatSerial(serial)}, ${time(formatTime(notBefore))} to ${time(
      formatTime(notAfter),
    )}</span></dd>
  `;
}

function footer({ system }: ServerContext, { startedAt }: PageContent): Html {
  return html`
    ${time(formatTime(system.clock.now()))}, running since ${time(
      formatTime(startedAt),
    )}. For programs: <a href="/status.json">status.json</a>, <a
      href="/metrics">metrics</a>.
  `;
}
