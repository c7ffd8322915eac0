/** What the page of a server shows: gathered from the store, for people. */
import { listRequests, type WaitingRequest } from "../../ca/enrol/mod.ts";
import {
  type CertificateCounts,
  firstNamesOf,
  takeStock,
  unnamedIn,
} from "../../ca/inventory/mod.ts";
import type { DescribedRecord, HistoryEvent } from "../../ca/store/mod.ts";
import { attemptAsync, formatTime, minute, second } from "../../system/mod.ts";
import { normalizeSerial } from "../../x509/mod.ts";
import type { ServerContext } from "../context.ts";

/** The most certificates in a list. */
const listLimit = 20;
/** The most results of a search. */
const resultLimit = 50;
/** The most events. */
const eventLimit = 12;

/** A certificate in a list. Times are RFC 3339, UTC. */
export interface ListedCertificate {
  readonly serial: string;
  /** RFC 4514, escaped. */
  readonly subject: string;
  readonly names: readonly string[];
  readonly notAfter: string;
  readonly status: "active" | "revoked" | "expired" | "superseded";
  readonly profile: string;
}

/** Something that happened to the CA. */
export interface ListedEvent {
  readonly time: string;
  readonly kind: string;
  /** What it was about: a subject, a number. Untrusted. */
  readonly about: string;
  readonly serial: string | undefined;
  /** Untrusted. */
  readonly actor: string;
}

/** A list that may be longer than what is shown. */
export interface Shown<T> {
  readonly shown: readonly T[];
  readonly all: number;
}

/** What is known of the certificates of a CA. */
export interface Overview {
  readonly counts: CertificateCounts;
  /** Current certificates that end within 30 days, the first to end first. */
  readonly expiring: Shown<ListedCertificate>;
  /** Devices that should have renewed: see `Stock.overdue`. */
  readonly stopped: Shown<ListedCertificate>;
  /** Requests that wait for a person. */
  readonly waiting: Shown<ListedRequest>;
  readonly events: readonly ListedEvent[];
}

/** A request that waits for a person. Text is untrusted. */
export type ListedRequest = Pick<
  WaitingRequest,
  "id" | "subject" | "names" | "client" | "received"
>;

/** Gathers what the page shows. A change is seen after at most five seconds, the time after a minute. */
export class OverviewSource {
  readonly #context: ServerContext;
  #known:
    | { readonly at: number; readonly generation: string; readonly overview: Overview }
    | undefined;
  #running: Promise<Overview | undefined> | undefined;

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /** The overview; the last one, or `undefined`, if the CA cannot be read. */
  async overview(): Promise<Overview | undefined> {
    const { system, watch: { view: { generation } } } = this.#context;
    const at = system.clock.now().getTime();
    const known = this.#known;
    const age = Math.abs(at - (known?.at ?? -Infinity));
    if (known !== undefined && age < (known.generation === generation ? minute : 5 * second)) {
      return known.overview;
    }
    this.#running ??= attemptAsync(() => this.#gather()).finally(() => this.#running = undefined);
    const overview = await this.#running;
    if (overview === undefined) return known?.overview;
    this.#known = { at, generation, overview };
    return overview;
  }

  /** Certificates by serial number, or by a part of their subject or names. */
  async search(words: string): Promise<Shown<ListedCertificate>> {
    const { store, system: { clock } } = this.#context;
    const now = formatTime(clock.now());
    const serial = normalizeSerial(words);
    const wanted = words.toLowerCase();
    const shown: ListedCertificate[] = [];
    let all = 0;
    for await (const page of store.describedPages()) {
      for (const described of page) {
        const { record: { serial: own, subject }, details } = described;
        // Also as a person types it, without the backslashes of RFC 4514.
        const texts = [subject, subject.replaceAll(/\\(.)/g, "$1"), ...details?.names ?? []];
        if (own !== serial && !texts.some((text) => text.toLowerCase().includes(wanted))) continue;
        all++;
        // The newest ones are the last.
        shown.push(toListed(described, now));
        if (shown.length > resultLimit) shown.shift();
      }
      // Other requests are answered meanwhile.
      await clock.sleep(0);
    }
    return { shown: shown.reverse(), all };
  }

  async #gather(): Promise<Overview> {
    const { store, system } = this.#context;
    const now = system.clock.now();
    const today = formatTime(now);
    const { counts, expiring, overdue } = await takeStock(store, {
      now,
      pause: () => system.clock.sleep(0),
    });
    const list = (chosen: readonly DescribedRecord[]): Shown<ListedCertificate> => ({
      shown: chosen.slice(0, listLimit).map((one) => toListed(one, today)),
      all: chosen.length,
    });
    return {
      counts,
      expiring: list(expiring),
      stopped: list(overdue),
      waiting: await this.#waiting(),
      events: await this.#events(),
    };
  }

  async #waiting(): Promise<Shown<ListedRequest>> {
    const { system, ca } = this.#context;
    const waiting = (await listRequests(system, ca)).filter(({ decision }) =>
      decision === undefined
    );
    return { shown: waiting.slice(0, listLimit).map(toListedRequest), all: waiting.length };
  }

  async #events(): Promise<readonly ListedEvent[]> {
    const { store } = this.#context;
    const events: HistoryEvent[] = [];
    reading: for await (const page of store.history({ newestFirst: true })) {
      for (const { event } of page) {
        if (event !== undefined) events.push(event);
        if (events.length === eventLimit) break reading;
      }
    }
    const names = await firstNamesOf(store, unnamedIn(events));
    return events.map(({ time, kind, serial, subject, number, to, actor }) => {
      const name = subject || names.get(serial ?? "");
      const phase = kind === "rollover" ? `phase ${to}` : undefined;
      const about = name ?? phase ?? (number === undefined ? "" : `number ${number}`);
      return { time, kind, about, serial, actor };
    });
  }
}

/** The lists of the page, for programs; `null` if the CA cannot be read. */
export function overviewToJson(overview: Overview | undefined): Record<string, unknown> {
  return {
    expiring: overview?.expiring.shown ?? null,
    stopped: overview?.stopped.shown ?? null,
    waiting: overview?.waiting.shown ?? null,
    events: overview?.events ?? null,
  };
}

function toListedRequest(
  { id, subject, names, client, received }: WaitingRequest,
): ListedRequest {
  return { id, subject, names, client, received };
}

function toListed({ record, details }: DescribedRecord, now: string): ListedCertificate {
  const { serial, subject, notAfter, status } = record;
  return {
    serial,
    subject,
    names: details?.names ?? [],
    notAfter,
    status: status === "revoked"
      ? "revoked"
      : notAfter < now
      ? "expired"
      : details?.supersededBy === undefined
      ? "active"
      : "superseded",
    profile: details?.profile ?? "",
  };
}
