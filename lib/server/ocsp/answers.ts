/** Answers OCSP requests: with responses that are signed once and kept, or made for one request. */
import type { OcspResponder } from "../../ca/ocsp/mod.ts";
import { currentSecond } from "../../ca/issue/mod.ts";
import {
  type CertId,
  type CertStatus,
  isOfIssuer,
  type ocspErrors,
  type OcspRequest,
  signOcspResponse,
} from "../../protocol/ocsp/mod.ts";
import { CertswapError, minute, sha256Hex } from "../../system/mod.ts";
import { keyIdentifierOf } from "../../x509/mod.ts";
import type { ServerContext } from "../context.ts";
import { RequestRate, type Resource } from "../web/mod.ts";
import type { ResponderKeeper } from "./keeper.ts";
import { Recent } from "./recent.ts";
import { statusesEqual, StatusFinder } from "./status.ts";

/** The most responses that are kept for certificates of this CA: one has about 1,200 bytes. */
const keptLimit = 10_000;

/** The most for numbers that this CA has never issued. They have their own limit: anyone can ask for more. */
const keptUnknownLimit = 1000;

/** How long a response is valid that says `unknown`: tomorrow, the number may be issued. Milliseconds. */
const unknownLife = 5 * minute;

/** How far thisUpdate is before now: for clients whose clock is a little behind. Milliseconds. */
const backdate = minute;

/** The most signatures at the same time. */
const signingLimit = 64;

/** The most responses in a minute that are made for one request only: for one client, and for all. */
const singleUseLimits = { ofOne: 120, all: 12_000 } as const;

/** A signed response. Times are to the second. */
export interface OcspAnswer {
  readonly is: "signed";
  /** What it says; `several` for more than one certificate. */
  readonly status: CertStatus["is"] | "several";
  /** Its `freshUntil` is when this server will replace it. */
  readonly resource: Resource;
  readonly nextUpdate: Date;
  /** Whether everyone who asks for the same gets this answer now; `undefined`: it is for one request. */
  readonly isCurrent?: () => boolean;
}

/** Why there is no answer. */
export interface OcspRefusal {
  readonly is: "refused";
  readonly status: keyof typeof ocspErrors;
}

/** A response that is kept. */
interface Kept {
  readonly answer: OcspAnswer;
  readonly status: CertStatus;
  readonly signedBy: OcspResponder;
  /** The generation of the CA when this was its status. */
  generation: string;
}

/** Answers requests. */
export class OcspAnswers {
  readonly #context: ServerContext;
  readonly #keeper: ResponderKeeper;
  readonly #finder: StatusFinder;
  readonly #kept = {
    known: new Recent<Kept>(keptLimit),
    unknown: new Recent<Kept>(keptUnknownLimit),
  };
  /** Responses that are being made, so that a certificate that many ask for is signed for once. */
  readonly #making = new Map<string, Promise<OcspAnswer | OcspRefusal>>();
  readonly #singleUse: { readonly ofOne: RequestRate; readonly all: RequestRate };
  #signing = 0;

  constructor(context: ServerContext, keeper: ResponderKeeper) {
    const { clock } = context.system;
    this.#context = context;
    this.#keeper = keeper;
    this.#finder = new StatusFinder(context);
    this.#singleUse = {
      ofOne: new RequestRate(clock, singleUseLimits.ofOne),
      all: new RequestRate(clock, singleUseLimits.all),
    };
  }

  /** How many responses are kept. */
  get kept(): number {
    return this.#kept.known.size + this.#kept.unknown.size;
  }

  /** Answers a request. @param client its IP address. */
  async answer(request: OcspRequest, client: string): Promise<OcspAnswer | OcspRefusal> {
    const { certIds, nonce } = request;
    const issuer = await this.#finder.issuer();
    // RFC 6960 2.3: this responder cannot say anything about other issuers.
    if (!certIds.some((id) => isOfIssuer(id, issuer))) return refused("unauthorized");
    const isPlain = nonce === undefined && certIds.length === 1;
    if (isPlain) return await this.#keptAnswer(certIds[0]);
    if (this.#takeSingleUse(client)) return await this.#singleUseAnswer(request);
    // A nonce is a wish (RFC 9919 3.2.1): without it, the answer is only not as fresh.
    return certIds.length === 1 ? await this.#keptAnswer(certIds[0]) : refused("tryLater");
  }

  #takeSingleUse(client: string): boolean {
    const { ofOne, all } = this.#singleUse;
    return ofOne.take(client) === 0 && all.take("all") === 0;
  }

  async #singleUseAnswer(request: OcspRequest): Promise<OcspAnswer | OcspRefusal> {
    const { certIds, nonce } = request;
    return await this.#orLater(async () => {
      const wanted = await Promise.all(certIds.map(async (id) => ({
        id,
        status: await this.#finder.statusOf(id),
      })));
      return await this.#sign(wanted, nonce);
    });
  }

  /** Answers without signing if possible. */
  async #keptAnswer(id: CertId): Promise<OcspAnswer | OcspRefusal> {
    const key = keyOf(id);
    const kept = this.#find(key);
    if (kept !== undefined && this.#isCurrent(kept)) return kept.answer;
    const running = this.#making.get(key);
    if (running !== undefined) return await running;
    const making = this.#make(id, key, kept).finally(() => this.#making.delete(key));
    this.#making.set(key, making);
    return await making;
  }

  #find(key: string): Kept | undefined {
    return this.#kept.known.get(key) ?? this.#kept.unknown.get(key);
  }

  /** Whether a response can be sent as it is: nothing has changed, and less than half its life is over. */
  #isCurrent({ generation, answer: { resource }, signedBy }: Kept): boolean {
    const { watch, system } = this.#context;
    const { freshUntil } = resource;
    return generation === watch.view.generation && signedBy === this.#keeper.known &&
      freshUntil !== undefined && system.clock.now() < freshUntil;
  }

  async #make(
    id: CertId,
    key: string,
    kept: Kept | undefined,
  ): Promise<OcspAnswer | OcspRefusal> {
    const made = await this.#orLater(async () => {
      const { generation } = this.#context.watch.view;
      const status = await this.#finder.statusOf(id);
      if (kept !== undefined && statusesEqual(status, kept.status)) {
        kept.generation = generation;
        if (this.#isCurrent(kept)) return kept.answer;
      } else {
        this.#forget(key);
      }
      const signed = await this.#sign([{ id, status }], undefined);
      if (signed.is !== "signed") return signed;
      const { signedBy } = signed;
      const answer = { ...signed, isCurrent: () => this.#isCurrent(made) };
      const made: Kept = { answer, status, signedBy, generation };
      this.#keep(key, made);
      return answer;
    });
    if (made.is === "signed") return made;
    // Old, but still valid, and nothing newer is known.
    const last = this.#find(key);
    return last !== undefined && this.#context.system.clock.now() < last.answer.nextUpdate
      ? last.answer
      : made;
  }

  #keep(key: string, kept: Kept): void {
    this.#forget(key);
    this.#kept[kept.status.is === "unknown" ? "unknown" : "known"].set(key, kept);
  }

  #forget(key: string): void {
    this.#kept.known.delete(key);
    this.#kept.unknown.delete(key);
  }

  /** If the CA cannot be read, the answer is later. */
  async #orLater<T extends OcspAnswer | OcspRefusal>(
    work: () => Promise<T>,
  ): Promise<T | OcspRefusal> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CertswapError)) throw error;
      this.#context.onEvent({ event: "warning", warning: error });
      return refused("tryLater");
    }
  }

  async #sign(
    wanted: readonly { readonly id: CertId; readonly status: CertStatus }[],
    nonce: Uint8Array | undefined,
  ): Promise<(OcspAnswer & { readonly signedBy: OcspResponder }) | OcspRefusal> {
    const responder = await this.#keeper.current();
    if (responder === undefined || this.#signing >= signingLimit) return refused("tryLater");
    this.#signing++;
    try {
      return await this.#signed(wanted, { responder, nonce });
    } finally {
      this.#signing--;
    }
  }

  async #signed(
    wanted: readonly { readonly id: CertId; readonly status: CertStatus }[],
    { responder, nonce }: {
      readonly responder: OcspResponder;
      readonly nonce: Uint8Array | undefined;
    },
  ): Promise<OcspAnswer & { readonly signedBy: OcspResponder }> {
    const { system, counters, settings } = this.#context;
    const { certificate, signer } = responder;
    const now = currentSecond(system);
    const responses = wanted.map(({ id, status }) => {
      const life = status.is === "unknown" ? unknownLife : settings().ocsp.nextUpdate;
      return { certId: id.der, status, ...datesOf(status, { now, life, responder }) };
    });
    const body = await signOcspResponse({
      responderId: { by: "key", hash: await keyIdentifierOf(certificate.subjectPublicKeyInfo) },
      producedAt: now,
      responses,
      nonce,
    }, { signer, certificates: [certificate.der] });
    counters.add("server_ocsp_signatures_total", {});
    const ends = responses.map(({ nextUpdate }) => nextUpdate.getTime());
    const nextUpdate = new Date(Math.min(...ends));
    const [first] = responses;
    return {
      is: "signed",
      status: responses.length === 1 && first !== undefined ? first.status.is : "several",
      nextUpdate,
      signedBy: responder,
      resource: {
        body,
        contentType: "application/ocsp-response",
        entityTag: `"${await sha256Hex(body)}"`,
        modified: first?.thisUpdate ?? now,
        freshUntil: new Date((now.getTime() + nextUpdate.getTime()) / 2),
      },
    };
  }
}

function refused(status: OcspRefusal["status"]): OcspRefusal {
  return { is: "refused", status };
}

/** The whole CertID: hash algorithms and their parameters may differ, and a response repeats them. */
function keyOf({ der }: CertId): string {
  return String.fromCharCode(...der);
}

/** No response is valid before its certificate was revoked, nor longer than who has signed it. */
function datesOf(
  status: CertStatus,
  { now, life, responder: { certificate: { notBefore, notAfter } } }: {
    readonly now: Date;
    /** Milliseconds. */
    readonly life: number;
    readonly responder: OcspResponder;
  },
): { readonly thisUpdate: Date; readonly nextUpdate: Date } {
  const earliest = status.is === "revoked" ? status.at.getTime() : -Infinity;
  const thisUpdate = Math.max(now.getTime() - backdate, notBefore.getTime(), earliest);
  return {
    thisUpdate: new Date(Math.min(thisUpdate, now.getTime())),
    nextUpdate: new Date(Math.min(now.getTime() + life, notAfter.getTime())),
  };
}
