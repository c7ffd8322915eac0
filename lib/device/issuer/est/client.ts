/** Asks an EST server: connections, redirects, and what its status codes mean. */
import {
  CertswapError,
  type HttpsAnswer,
  type HttpsExchange,
  type HttpsSession,
  type System,
  TlsConnectionError,
} from "../../../system/mod.ts";
import { type EstOperation, estPath } from "../../../protocol/est/mod.ts";
import { type Certificate, requireServer, writePemBlocks } from "../../../x509/mod.ts";
import type { LoadedPair } from "../../pair/mod.ts";
import { isOfType, limitsOf, retryAfterOf } from "./answer.ts";
import { type EstIssuer, formatEstUrl } from "./configuration.ts";
import {
  type Credentials,
  EstFailedError,
  EstRedirectError,
  EstRefusedError,
  EstServerError,
} from "./errors.ts";

/** With what a client proves who it is. */
export interface Proof {
  readonly credentials: Credentials;
  /** A pair, presented in the handshake. */
  readonly identity?: { readonly certificatePem: string; readonly keyPem: string } | undefined;
  /** The value of Authorization (RFC 7617). Secret. */
  readonly authorization?: string | undefined;
  /** What must not be printed, even if a server repeats it. */
  readonly secrets?: readonly string[];
}

/** A pair as it is presented in a handshake. */
export function identityOf(
  { certificateContent, keyContent }: LoadedPair,
): NonNullable<Proof["identity"]> {
  const decoder = new TextDecoder();
  return {
    certificatePem: decoder.decode(certificateContent),
    keyPem: decoder.decode(keyContent),
  };
}

/** How often a server may redirect. */
const redirectLimit = 3;

/** The most of a server's own words, in UTF-16 code units. */
const saidLimit = 200;

/** A client of one server, with one proof. It uses one connection as long as that lasts. */
export class EstClient {
  readonly proof: Proof;
  readonly #system: System;
  readonly #issuer: Pick<EstIssuer, "server" | "label" | "timeLimit">;
  readonly #anchors: readonly Certificate[];
  #session: HttpsSession | undefined;

  constructor(
    system: System,
    issuer: Pick<EstIssuer, "server" | "label" | "timeLimit">,
    { anchors, proof }: { readonly anchors: readonly Certificate[]; readonly proof: Proof },
  ) {
    this.proof = proof;
    this.#system = system;
    this.#issuer = issuer;
    this.#anchors = anchors;
  }

  /** `https://ca.example`. */
  get url(): string {
    return formatEstUrl(this.#issuer.server);
  }

  /**
   * Fetches what anyone may fetch. Proves who asks only if the server demands it.
   *
   * @throws as {@linkcode EstClient.post}.
   */
  async get(operation: "cacerts" | "csrattrs"): Promise<HttpsAnswer> {
    const answer = await this.#exchange(operation, { method: "GET", headers: {} });
    const { authorization } = this.proof;
    if (answer.status !== 401 || authorization === undefined) return answer;
    const headers = { Authorization: authorization };
    return await this.#exchange(operation, { method: "GET", headers });
  }

  /**
   * Sends a request.
   *
   * @throws EstServerError, EstRedirectError; EstRefusedError if the server does not accept the pair.
   */
  async post(
    operation: "simpleenroll" | "simplereenroll",
    { body, contentType }: { readonly body: Uint8Array; readonly contentType: string },
  ): Promise<HttpsAnswer> {
    const { authorization } = this.proof;
    return await this.#exchange(operation, {
      method: "POST",
      headers: {
        "Content-Type": contentType,
        // RFC 8951 3: ignored by its readers, but some servers that are older demand it.
        "Content-Transfer-Encoding": "base64",
        ...(authorization === undefined ? {} : { Authorization: authorization }),
      },
      body,
    });
  }

  /** Ends the connection. */
  close(): void {
    this.#session?.close();
    this.#session = undefined;
  }

  /** The error for an answer that is not the expected one. */
  failure(operation: EstOperation, answer: HttpsAnswer): CertswapError {
    const { status } = answer;
    const { url, proof: { credentials } } = this;
    const said = this.#saidIn(answer);
    if (status === 401 || status === 403) {
      return new EstRefusedError({ url, operation, status, credentials, said });
    }
    const retryAfter = retryAfterOf(answer, this.#system.clock.now());
    return new EstFailedError({ url, operation, status, said, retryAfter });
  }

  async #exchange(
    operation: EstOperation,
    exchange: Omit<HttpsExchange, "path">,
  ): Promise<HttpsAnswer> {
    let path = estPath(operation, this.#issuer.label);
    for (let redirects = 0;; redirects++) {
      const answer = await this.#send(operation, { ...exchange, path });
      const location = answer.headers.get("location");
      if (![301, 302, 307, 308].includes(answer.status) || location === undefined) return answer;
      path = this.#pathOf(location, path);
      if (redirects === redirectLimit) {
        throw new EstRedirectError({ ...this.#redirect(location), reason: "too-many" });
      }
    }
  }

  /** Where a redirect leads on the same server. @throws EstRedirectError */
  #pathOf(location: string, from: string): string {
    const here = new URL(from, this.url);
    const there = URL.parse(location, here);
    if (there === null || there.origin !== here.origin) {
      throw new EstRedirectError({ ...this.#redirect(location), reason: "elsewhere" });
    }
    return there.pathname + there.search;
  }

  #redirect(location: string): Pick<EstRedirectError, "url" | "location"> {
    return { url: this.url, location: this.#shown(location) ?? "" };
  }

  async #send(operation: EstOperation, exchange: HttpsExchange): Promise<HttpsAnswer> {
    const isReused = this.#session?.isOpen() ?? false;
    try {
      return await (await this.#connected()).send(exchange);
    } catch (cause) {
      this.close();
      const { proof: { credentials, identity }, url } = this;
      if (cause instanceof TlsConnectionError && cause.reason === "client-certificate") {
        // A server that has asked for a certificate, and got none or one that it does not like.
        if (identity !== undefined) {
          const refusal = { url, operation, status: undefined, credentials, said: undefined };
          throw new EstRefusedError(refusal, { cause });
        }
      }
      // A server may end a connection that is not used: that is not yet a failure.
      const isEnded = cause instanceof TlsConnectionError && cause.reason === "handshake";
      if (isReused && isEnded) return await this.#send(operation, exchange);
      throw cause instanceof CertswapError && !(cause instanceof EstServerError)
        ? new EstServerError(url, { cause })
        : cause;
    }
  }

  async #connected(): Promise<HttpsSession> {
    if (this.#session?.isOpen()) return this.#session;
    this.close();
    const { server } = this.#issuer;
    const anchorsPem = new TextDecoder().decode(
      writePemBlocks(this.#anchors.map(({ der }) => ({ label: "CERTIFICATE", der }))),
    );
    const wanted = {
      host: server.host,
      anchors: this.#anchors,
      at: this.#system.clock.now(),
    };
    const judge = async ([own, ...others]: readonly Uint8Array[]): Promise<void> => {
      if (own === undefined) throw new TlsConnectionError(server, "unseen");
      await requireServer([own, ...others], wanted);
    };
    const common = { ...limitsOf(this.#issuer), judge };
    try {
      this.#session = await this.#system.network.openHttps(server, {
        ...common,
        anchorsPem,
        identity: this.proof.identity,
      });
    } catch (error) {
      if (!(error instanceof TlsConnectionError && error.reason === "untrusted")) throw error;
      // The runtime does not say what is wrong: our own check of the same certificates does.
      const look = await this.#system.network.openHttps(server, {
        ...common,
        anchorsPem: undefined,
      });
      look.close();
      throw error;
    }
    return this.#session;
  }

  /** The first words of a plain text, which RFC 7030 4.2.3 suggests for errors. */
  #saidIn(answer: HttpsAnswer): string | undefined {
    if (!isOfType(answer, "text/plain")) return undefined;
    const text = new TextDecoder().decode(answer.body.subarray(0, 4 * saidLimit));
    return this.#shown(text.replace(/\s+/g, " ").trim());
  }

  /** A text of the server that may be shown. A server could repeat a secret. */
  #shown(text: string): string | undefined {
    const { secrets = [], authorization } = this.proof;
    const hidden = [...secrets, ...authorization === undefined ? [] : [authorization]];
    const repeats = hidden.some((secret) =>
      secret !== "" && (text.includes(secret) || text.includes(secret.replace(/^Basic /, "")))
    );
    return text === "" || repeats ? undefined : text.slice(0, saidLimit).toWellFormed();
  }
}
