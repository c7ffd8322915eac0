/** Writes many short texts to a stream in few calls. */
import type { Clock } from "../clock.ts";
import type { OutputStream } from "./terminal.ts";

/** For how long texts are gathered, in milliseconds, and how many characters at most. */
const limits = { time: 5, length: 64 * 1024 } as const;

/** When the process ends without having been asked to. */
const lastEvents = ["error", "unhandledrejection", "unload"] as const;

/**
 * Gathers texts for a few milliseconds, and writes them together, in their order. Nothing is lost if the
 * process ends because of an error that is not caught; a process that is killed loses what was gathered.
 */
export class GatheredOutput {
  readonly #stream: Pick<OutputStream, "write">;
  readonly #clock: Clock;
  #gathered = "";
  #isWaiting = false;
  #hasEnded = false;
  readonly #flush = (): void => this.flush();

  constructor(stream: Pick<OutputStream, "write">, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
    for (const event of lastEvents) globalThis.addEventListener(event, this.#flush);
  }

  /** Writes a text soon. */
  add(text: string): void {
    this.#gathered += text;
    if (this.#hasEnded || this.#gathered.length >= limits.length) this.flush();
    if (this.#isWaiting || this.#gathered === "") return;
    this.#isWaiting = true;
    this.#clock.sleep(limits.time).then(() => {
      this.#isWaiting = false;
      this.flush();
    });
  }

  /** Writes what was gathered. */
  flush(): void {
    const text = this.#gathered;
    if (text === "") return;
    this.#gathered = "";
    this.#stream.write(text);
  }

  /** Writes what was gathered. What still comes is written immediately. */
  end(): void {
    this.#hasEnded = true;
    for (const event of lastEvents) globalThis.removeEventListener(event, this.#flush);
    this.flush();
  }
}
