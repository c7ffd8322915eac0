/** Cuts off clients that do not read their answers. */

type Outgoing = import("node:http").ServerResponse;
type Socket = import("node:net").Socket;

/**
 * The answers that are being sent, and until when. One timer looks at all of them: most answers are read
 * immediately, and a timer for each would cost as much as writing it.
 */
export class Deadlines {
  readonly #time: number;
  readonly #onLate: (socket: Socket) => void;
  /** Until when, in the order of their begin. */
  readonly #until = new Map<Outgoing, number>();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param time milliseconds. */
  constructor(time: number, onLate: (socket: Socket) => void) {
    this.#time = time;
    this.#onLate = onLate;
  }

  /** An answer is being sent from now on. */
  begin(outgoing: Outgoing): void {
    this.#until.set(outgoing, performance.now() + this.#time);
    this.#timer ??= setInterval(() => this.#look(), Math.min(1000, this.#time));
  }

  /** It was read, or its connection has ended. */
  end(outgoing: Outgoing): void {
    this.#until.delete(outgoing);
  }

  /** Ends the timer. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    if (this.#until.size === 0) return this.stop();
    const now = performance.now();
    for (const [outgoing, until] of this.#until) {
      if (until > now) return;
      this.#until.delete(outgoing);
      const { socket } = outgoing;
      if (socket !== null) this.#onLate(socket);
    }
  }
}
