/** Keeps an OCSP responder that may sign: finds it in its file, issues it, replaces it in time. */
import {
  isResponderDue,
  issueResponder,
  type OcspResponder,
  readResponder,
  responderStamp,
} from "../../ca/ocsp/mod.ts";
import { CertswapError, formatTime, second } from "../../system/mod.ts";
import { isValidAt } from "../../x509/mod.ts";
import type { ServerContext, ServerTask } from "../context.ts";

/** How often to look at the file and at the life of the responder, in milliseconds. */
const lookInterval = second;

/** From a failure to the next attempt, in milliseconds: requests must not cause more of them. */
const retryInterval = 30 * second;

/** Keeps the responder of a server. */
export class ResponderKeeper {
  readonly #context: ServerContext;
  #responder: OcspResponder | undefined;
  /** Of the file that was read last. */
  #stamp: string | undefined;
  /** The generation of the CA when it was last seen that the responder is not revoked. */
  #generation: string | undefined;
  readonly #failures = new Map<"look" | "issue", CertswapError>();
  /** When the last attempt to issue one has failed. */
  #failedAt = -Infinity;
  #running: Promise<void> | undefined;

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /** Why there is no new responder, although one is due; `undefined` if the last attempt succeeded. */
  get failure(): CertswapError | undefined {
    return this.#failures.get("issue") ?? this.#failures.get("look");
  }

  /** The responder, if it may sign now. Asks for nothing. */
  get known(): OcspResponder | undefined {
    const now = this.#context.system.clock.now();
    const known = this.#responder;
    return known !== undefined && isValidAt(known.certificate, now) ? known : undefined;
  }

  /**
   * A responder that may sign now. If there is none, it is issued: with the first request if no certificate
   * of this CA names an OCSP address, so that a CA that does not use OCSP has no such certificates.
   *
   * @returns `undefined` if that is not possible now.
   */
  async current(): Promise<OcspResponder | undefined> {
    const { known } = this;
    if (known === undefined) {
      await this.#renew();
      return this.known;
    }
    // There are days left: no client has to wait for its successor.
    if (isResponderDue(known, this.#context.system.clock.now())) this.#renewLater();
    return known;
  }

  /** The task that keeps the responder, and sees when another process has replaced or revoked it. */
  task(): ServerTask {
    const { system: { clock } } = this.#context;
    return async (signal) => {
      while (!signal.aborted) {
        await this.look();
        await clock.sleep(lookInterval, signal);
      }
      await this.#running;
    };
  }

  /** What {@linkcode task} does each time. */
  async look(): Promise<void> {
    const { system, ca, settings } = this.#context;
    await this.#attempt("look", async () => {
      if (responderStamp(system, ca) !== this.#stamp) await this.#read();
      await this.#forgetIfRevoked();
    });
    if (settings().addresses.ocsp.length > 0) await this.current();
    await this.#running;
  }

  /** Reads the file. What is in it is used even if it is due: it may be all that there is. */
  async #read(): Promise<void> {
    const { system, ca, watch } = this.#context;
    const stamp = responderStamp(system, ca);
    const { root } = watch.view.hierarchy;
    const found = await readResponder(system, { location: ca, root });
    this.#stamp = stamp;
    if (found !== undefined) this.#responder = found;
  }

  /** A responder that was revoked signs no more, although its clients would not notice. */
  async #forgetIfRevoked(): Promise<void> {
    const { store, watch } = this.#context;
    const { generation } = watch.view;
    if (this.#responder === undefined || generation === this.#generation) return;
    const record = await store.find(this.#responder.certificate.serialNumber);
    if (record?.status === "revoked") this.#responder = undefined;
    else this.#generation = generation;
  }

  #renewLater(): void {
    this.#renew().catch((error) => this.#context.onEvent({ event: "defect", error }));
  }

  #renew(): Promise<void> {
    return this.#running ??= this.#issueIfDue().finally(() => this.#running = undefined);
  }

  async #issueIfDue(): Promise<void> {
    const { system, ca, watch, onEvent } = this.#context;
    const now = system.clock.now().getTime();
    if (Math.abs(now - this.#failedAt) < retryInterval) return;
    this.#failedAt = now;
    const isDone = await this.#attempt("issue", async () => {
      await this.#read();
      await this.#forgetIfRevoked();
      const found = this.known;
      if (found !== undefined && !isResponderDue(found, system.clock.now())) return;
      const { responder, serial, warnings } = await issueResponder(system, ca);
      watch.noteOwnChange();
      this.#responder = responder;
      this.#stamp = responderStamp(system, ca);
      for (const warning of warnings) onEvent({ event: "warning", warning });
      const notAfter = formatTime(responder.certificate.notAfter);
      onEvent({ event: "ocsp-responder-issued", serial, notAfter });
      // Its certificate has changed the CA, for nothing that is answered.
      await watch.refresh();
    });
    if (isDone) this.#failedAt = -Infinity;
  }

  /** Does work whose errors are kept for metrics, and reported once. @returns whether it succeeded. */
  async #attempt(what: "look" | "issue", work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      this.#failures.delete(what);
      return true;
    } catch (error) {
      if (!(error instanceof CertswapError)) throw error;
      const isNew = this.#failures.get(what)?.code !== error.code;
      this.#failures.set(what, error);
      if (isNew) this.#context.onEvent({ event: "ocsp-responder-failed", error });
      return false;
    }
  }
}
