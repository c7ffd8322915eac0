/** The one-time secrets and the waiting requests of a store, read once for all applications of a change. */
import { day, formatTime } from "../../system/mod.ts";
import type { StoreChange } from "../store/mod.ts";
import { type Birth, birthFromText, birthToText } from "./birth/mod.ts";
import { type Token, tokenFromText, tokenToText } from "./token.ts";
import { waitingFromText, type WaitingRequest, waitingToText } from "./waiting.ts";

/** How long a request waits for a person, and is kept after the decision, in milliseconds. */
const waitingTime = 7 * day;

/** What a store keeps about who may enrol: as it was before the change, with what the change has kept. */
export class KeptEnrolments {
  readonly #change: StoreChange;
  #requests: Map<string, WaitingRequest> | undefined;

  constructor(change: StoreChange) {
    this.#change = change;
  }

  /** The secret with this id. @throws BadEnrolmentEntryError, and the errors of `StoreReader.enrolments` */
  async token(id: string): Promise<Token | undefined> {
    // Of thousands of secrets, a change needs few.
    const text = await this.#change.enrolment("token", id);
    return text === undefined ? undefined : tokenFromText(id, text);
  }

  /** Keeps a secret. Nothing in the same change asks for it again. */
  async keepToken(token: Token): Promise<void> {
    await this.#change.keepEnrolment("token", token.id, tokenToText(token));
  }

  /** What was issued to the holder of this bootstrap certificate. @throws as {@linkcode token} */
  async birth(id: string): Promise<Birth | undefined> {
    const text = await this.#change.enrolment("birth", id);
    return text === undefined ? undefined : birthFromText(id, text);
  }

  /** Keeps what was issued. Nothing in the same change asks for it again. */
  async keepBirth(birth: Birth): Promise<void> {
    await this.#change.keepEnrolment("birth", birth.id, birthToText(birth));
  }

  /** The request with this id, however old. @throws as {@linkcode token} */
  async request(id: string): Promise<WaitingRequest | undefined> {
    return (await this.#read()).get(id);
  }

  /** The requests whose ids start like this, however old. @throws as {@linkcode token} */
  async requestsOf(start: string): Promise<readonly WaitingRequest[]> {
    return [...(await this.#read()).values()].filter(({ id }) => id.startsWith(start));
  }

  /** The requests whose time is not over. Removes the others. @throws as {@linkcode token} */
  async requests(now: Date): Promise<readonly WaitingRequest[]> {
    const requests = await this.#read();
    const limit = formatTime(new Date(now.getTime() - waitingTime));
    for (const { id, decision, received } of requests.values()) {
      if ((decision?.at ?? received) >= limit) continue;
      requests.delete(id);
      await this.#change.keepEnrolment("request", id, undefined);
    }
    return [...requests.values()];
  }

  /** Keeps a request, or what was decided about it. */
  async keepRequest(request: WaitingRequest): Promise<void> {
    (await this.#read()).set(request.id, request);
    await this.#change.keepEnrolment("request", request.id, waitingToText(request));
  }

  async #read(): Promise<Map<string, WaitingRequest>> {
    this.#requests ??= new Map(
      [...await this.#change.enrolments("request")]
        .map(([id, text]) => [id, waitingFromText(id, text)]),
    );
    return this.#requests;
  }
}
