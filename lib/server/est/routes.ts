/** The EST server: RFC 7030 with 8951 and 9908. */
import {
  type Application,
  EnrolmentRefusedError,
  type EnrolmentResult,
  idOfSecret,
  ManufacturerFiles,
  Predecessor,
  type Proof,
} from "../../ca/enrol/mod.ts";
import { checkRequest } from "../../ca/issue/mod.ts";
import { type Profile, profileNamed } from "../../ca/settings/mod.ts";
import {
  type EnrolmentRequest,
  estContentOf,
  estContentType,
  type EstOperation,
  parseEstPath,
  readEnrolmentRequest,
} from "../../protocol/est/mod.ts";
import { CertswapError, type HttpRequest, type HttpResponse, sha256Hex } from "../../system/mod.ts";
import { IssuerChangedError } from "../../ca/succession/mod.ts";
import type { ServerContext } from "../context.ts";
import { LinkedRequestError } from "../errors.ts";
import { type Issuer, issuerOf, withIssuer } from "../issuer.ts";
import { type Route, textResponse, unavailable } from "../web/mod.ts";
import {
  base64Response,
  certificatesResponse,
  statusFor,
  unauthorised,
  waitingResponse,
} from "./answers.ts";
import { attributesFor } from "./attributes.ts";
import { type KnownElsewhere, otherCasOf, proofOf } from "./credentials.ts";
import { Failures } from "./failures.ts";
import { Fetches } from "./fetches.ts";
import { EnrolmentQueue } from "./queue.ts";

/** The longest body of a request, in bytes: a request with hundreds of names. */
const bodyLimit = 64 * 1024;

/** The method of each operation that is supported; the others are answered with 501. */
const methods: Readonly<Partial<Record<EstOperation, "GET" | "POST">>> = {
  cacerts: "GET",
  csrattrs: "GET",
  simpleenroll: "POST",
  simplereenroll: "POST",
};

/** The routes of an EST server. */
export function estRoutes(
  context: ServerContext,
  fetches = new Fetches(context),
): readonly Route[] {
  const server = new EstServer(context, fetches);
  const answer = (request: HttpRequest): Promise<HttpResponse> => server.answer(request);
  return [{
    path: "/.well-known/est/",
    isPrefix: true,
    label: "/.well-known/est/",
    methods: { GET: { bodyLimit: 0, answer }, POST: { bodyLimit, answer } },
  }];
}

class EstServer {
  readonly #context: ServerContext;
  readonly #queue: EnrolmentQueue;
  readonly #failures: Failures;
  readonly #elsewhere: KnownElsewhere;
  readonly #fetches: Fetches;

  constructor(context: ServerContext, fetches: Fetches) {
    this.#context = context;
    this.#fetches = fetches;
    this.#queue = new EnrolmentQueue(context);
    this.#failures = new Failures(context.system.clock);
    this.#elsewhere = {
      predecessor: new Predecessor(),
      manufacturerFiles: new ManufacturerFiles(context.system),
    };
  }

  async answer(request: HttpRequest): Promise<HttpResponse> {
    const path = parseEstPath(request.path);
    if (path === undefined) return textResponse(404, "Not found.");
    const { operation, label } = path;
    const profile = this.#profileOf(label);
    if (profile === undefined) return textResponse(404, "There is no such label.");
    const method = methods[operation];
    if (method === undefined) return textResponse(501, `${operation} is not supported.`);
    if (request.method !== method && !(method === "GET" && request.method === "HEAD")) {
      const allow = method === "GET" ? "GET, HEAD" : method;
      return textResponse(405, "Method not allowed.", { allow });
    }
    switch (operation) {
      case "cacerts":
        this.#fetches.note(request);
        return this.#caCertificates();
      case "csrattrs":
        return attributesResponse(profile);
      default:
        return await this.#enrol(request, { operation, label });
    }
  }

  /** The profile of a label, or the default one; `undefined` if there is none, or it is one of CAs. */
  #profileOf(label: string | undefined): Profile | undefined {
    const { settings } = issuerOf(this.#context);
    if (label !== undefined && !settings.profiles.has(label)) return undefined;
    const profile = profileNamed(settings, label);
    return profile.ca === undefined ? profile : undefined;
  }

  /** The CA, those above it, its older certificates with the same key, and its bundle (RFC 7030 4.1.3). */
  #caCertificates(): HttpResponse {
    const { hierarchy: { root, above, bundle = [] }, previous } = issuerOf(this.#context);
    const all = [root.certificate, ...above, ...previous, ...bundle];
    return certificatesResponse(all.map(({ der }) => der));
  }

  async #enrol(
    request: HttpRequest,
    { operation, label }: { readonly operation: EstOperation; readonly label: string | undefined },
  ): Promise<HttpResponse> {
    if (estContentOf(request.header("content-type") ?? "") !== "request") {
      return textResponse(415, `Send the request as ${estContentType.request}.`);
    }
    try {
      return await withIssuer(
        this.#context,
        (issuer) => this.#enrolWith(issuer, request, { operation, label }),
      );
    } catch (error) {
      return this.#cannotEnrol(request.client, error);
    }
  }

  /** @throws IssuerChangedError if another CA issues meanwhile. */
  async #enrolWith(
    issuer: Issuer,
    request: HttpRequest,
    { operation, label }: { readonly operation: EstOperation; readonly label: string | undefined },
  ): Promise<HttpResponse> {
    const { system, explain } = this.#context;
    const { client } = request;
    let proof: Proof;
    try {
      const others = otherCasOf(this.#context, issuer);
      proof = await proofOf(request, { system, issuer, others }, this.#elsewhere);
    } catch (error) {
      if (error instanceof EnrolmentRefusedError) {
        return this.#refuse(request, { by: "hand" }, error);
      }
      return this.#cannotEnrol(client, error);
    }
    if (proof.by === "token" && !this.#failures.mayTry(client, proof.secret)) {
      return textResponse(429, "Too many wrong secrets.", { "retry-after": "60" });
    }
    if (operation === "simplereenroll" && (proof.by === "hand" || proof.by === "birth")) {
      return this.#refuse(request, proof, new EnrolmentRefusedError("certificate-foreign"));
    }
    let application: Application;
    try {
      application = await this.#read(request, proof, label);
    } catch (error) {
      if (!(error instanceof CertswapError)) throw error;
      this.#count("refused");
      return textResponse(400, explain(error));
    }
    let result: EnrolmentResult;
    try {
      result = await this.#queue.submit(application, issuer);
    } catch (error) {
      if (error instanceof IssuerChangedError) throw error;
      return this.#cannotEnrol(client, error);
    }
    return this.#respond(request, proof, result);
  }

  #cannotEnrol(client: string, error: unknown): HttpResponse {
    if (!(error instanceof CertswapError)) throw error;
    this.#context.onEvent({ event: "cannot-enrol", client, error });
    return unavailable("The CA cannot issue certificates now. Try again later.");
  }

  async #read(
    { body, client }: HttpRequest,
    proof: Proof,
    label: string | undefined,
  ): Promise<Application> {
    const read: EnrolmentRequest = readEnrolmentRequest(body, bodyLimit);
    // RFC 7030 3.5: a server that cannot verify the link to the connection must not ignore it. The runtime
    // does not give out what it is made of.
    if (read.hasChallengePassword) throw new LinkedRequestError();
    const checked = await checkRequest(read.request, "request");
    const hash = await sha256Hex(read.der);
    return { checked, der: read.der, hash, profile: label, proof, client };
  }

  #respond(request: HttpRequest, proof: Proof, result: EnrolmentResult): HttpResponse {
    const { onEvent, counters } = this.#context;
    const { client } = request;
    switch (result.is) {
      case "issued": {
        const { serial, requestedBy, isNew, wasExpired, certificate } = result;
        this.#count(isNew ? "issued" : "repeated");
        if (wasExpired) counters.add("server_expired_renewals_total", {});
        onEvent({ event: "enrolled", client, serial, by: requestedBy, isNew, wasExpired });
        return certificatesResponse([certificate]);
      }
      case "waiting":
        this.#count("waiting");
        if (result.isNew) onEvent({ event: "enrolment-waiting", client, id: result.id });
        return waitingResponse(result.id);
      case "refused":
        return this.#refuse(request, proof, result.error);
      case "again":
        throw new TypeError("an application is left in the queue");
    }
  }

  #refuse(
    { client }: HttpRequest,
    proof: Proof,
    error: Error & { readonly code: string },
  ): HttpResponse {
    const { onEvent, explain } = this.#context;
    this.#count("refused");
    const reason = error instanceof EnrolmentRefusedError ? error.reason : undefined;
    const status = reason === undefined
      ? error.code === "request-outside-profile" ? 403 : 400
      : statusFor(reason);
    if (proof.by === "token" && status === 401) this.#failures.record(client, proof.secret);
    const of = proof.by === "token" ? idOfSecret(proof.secret) : undefined;
    onEvent({ event: "enrolment-refused", client, of, error });
    // The same text for every wrong secret: it must not say which part is wrong.
    if (status === 401) {
      return unauthorised(
        "Authenticate with a one-time secret, or with a client certificate that this CA accepts.",
      );
    }
    return textResponse(status, explain(error), {
      ...(status === 429 || status === 503 ? { "retry-after": "3600" } : {}),
    });
  }

  #count(result: "issued" | "repeated" | "waiting" | "refused"): void {
    this.#context.counters.add("server_enrolments_total", { result });
  }
}

/** RFC 7030 4.5.2: 204 if there is nothing to ask for. */
function attributesResponse(profile: Profile): HttpResponse {
  const attributes = attributesFor(profile);
  if (attributes === undefined) return { status: 204, headers: { "cache-control": "no-store" } };
  return base64Response(estContentType.attributes, attributes);
}
