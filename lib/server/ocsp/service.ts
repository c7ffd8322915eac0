/** The OCSP responder of a server: its parts, put together. */
import { formatSerial } from "../../x509/mod.ts";
import { type CertswapError, formatTime } from "../../system/mod.ts";
import type { ServerContext, ServerTask } from "../context.ts";
import type { Route } from "../web/mod.ts";
import { OcspAnswers } from "./answers.ts";
import { ResponderKeeper } from "./keeper.ts";
import { ocspRoutes } from "./routes.ts";

/** What is known of a responder, for metrics and people. */
export interface OcspState {
  /** `undefined`: there is none that may sign now. Times are RFC 3339. */
  readonly responder:
    | { readonly serial: string; readonly notBefore: string; readonly notAfter: string }
    | undefined;
  /** Why there is no new one, although one is due. */
  readonly failure: CertswapError | undefined;
  /** How many signed responses are kept. */
  readonly kept: number;
}

/** The OCSP responder of a server. */
export class OcspService {
  readonly #keeper: ResponderKeeper;
  readonly #answers: OcspAnswers;
  readonly routes: readonly Route[];
  /** Keeps the responder. */
  readonly task: ServerTask;

  constructor(context: ServerContext) {
    this.#keeper = new ResponderKeeper(context);
    this.#answers = new OcspAnswers(context, this.#keeper);
    this.routes = ocspRoutes(context, this.#answers);
    this.task = this.#keeper.task();
  }

  /** What is known of it now. */
  get state(): OcspState {
    const certificate = this.#keeper.known?.certificate;
    return {
      responder: certificate && {
        serial: formatSerial(certificate.serial),
        notBefore: formatTime(certificate.notBefore),
        notAfter: formatTime(certificate.notAfter),
      },
      failure: this.#keeper.failure,
      kept: this.#answers.kept,
    };
  }
}
