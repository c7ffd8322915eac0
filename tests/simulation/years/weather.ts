import type { SeededRandom } from "../../support/random.ts";

const day = 24 * 60 * 60 * 1000;

/**
 * The issuer's condition: it signs, or it fails in one of the usual ways. `stale`: much of the certificate's
 * lifetime has passed; `ahead`: its clock is ahead; `deaf`: it omits requested names.
 */
export type IssuerMood =
  | "signs"
  | "fails"
  | "hangs"
  | "not yet"
  | "nonsense"
  | "stranger"
  | "stale"
  | "ahead"
  | "deaf";

/** The disk's condition. `failing`: one operation of each run fails. */
export type DiskMood = "fine" | "full" | "read-only" | "failing";

/**
 * The service's condition: it loads the new pair, it keeps its old one, it stops, its hook fails although it
 * loads the pair, or it loads the pair and no probe can see that.
 */
export type ServiceMood = "takes" | "refuses" | "stops" | "complains" | "unseen";

/** The clock's difference from the true time, in milliseconds; `epoch`: it started in 1970. */
export type ClockMood = number | "epoch";

/** Whether the disk of the pair's other half is mounted. */
export type MountMood = "mounted" | "gone";

/** One thing that works, except for times of trouble. */
interface Aspect<Mood> {
  mood: Mood;
  /** How many more runs the trouble lasts. */
  left: number;
}

/** The surroundings of a device, which change from run to run. */
export class Weather {
  readonly #random: SeededRandom;
  /** Milliseconds between two runs. */
  readonly #interval: number;
  readonly #issuer: Aspect<IssuerMood> = { mood: "signs", left: 0 };
  readonly #disk: Aspect<DiskMood> = { mood: "fine", left: 0 };
  readonly #service: Aspect<ServiceMood> = { mood: "takes", left: 0 };
  readonly #clock: Aspect<ClockMood> = { mood: 0, left: 0 };
  readonly #mount: Aspect<MountMood> = { mood: "mounted", left: 0 };

  constructor(random: SeededRandom, interval: number) {
    this.#random = random;
    this.#interval = interval;
  }

  get issuer(): IssuerMood {
    return this.#issuer.mood;
  }

  get disk(): DiskMood {
    return this.#disk.mood;
  }

  get service(): ServiceMood {
    return this.#service.mood;
  }

  get clock(): ClockMood {
    return this.#clock.mood;
  }

  get mount(): MountMood {
    return this.#mount.mood;
  }

  /** Whether everything works. */
  get isFine(): boolean {
    return this.issuer === "signs" && this.clock === 0 && this.isDeviceFine;
  }

  /** Whether everything that a reload depends on works. */
  get isDeviceFine(): boolean {
    return this.disk === "fine" && this.mount === "mounted" && this.service === "takes";
  }

  /** The next run. */
  change(): void {
    const random = this.#random;
    const issuerTroubles = [
      "fails",
      "hangs",
      "not yet",
      "nonsense",
      "stranger",
      "stale",
      "ahead",
      "deaf",
    ] as const;
    this.#next(this.#issuer, "signs", {
      everyDays: 25,
      longestDays: random.oneIn(4) ? 40 : 6,
      draw: () => random.pick(issuerTroubles),
    });
    this.#next(this.#disk, "fine", {
      everyDays: 40,
      longestDays: 4,
      draw: () => random.pick(["full", "read-only", "failing"]),
    });
    this.#next(this.#service, "takes", {
      everyDays: 50,
      longestDays: 4,
      draw: () => random.pick(["refuses", "stops", "complains", "unseen"]),
    });
    this.#next(this.#mount, "mounted", { everyDays: 40, longestDays: 5, draw: () => "gone" });
    this.#next(this.#clock, 0, { everyDays: 30, longestDays: 5, draw: () => this.#leap() });
  }

  #next<Mood>(
    aspect: Aspect<Mood>,
    well: Mood,
    trouble: {
      readonly everyDays: number;
      readonly longestDays: number;
      readonly draw: () => Mood;
    },
  ): void {
    if (aspect.left > 0 && --aspect.left === 0) aspect.mood = well;
    if (aspect.left > 0) return;
    const runs = (days: number): number => Math.max(1, Math.round(days * day / this.#interval));
    if (!this.#random.oneIn(runs(trouble.everyDays))) return;
    aspect.mood = trouble.draw();
    aspect.left = 1 + this.#random.below(runs(trouble.longestDays));
  }

  #leap(): ClockMood {
    const days = (from: number, to: number): number =>
      (from + this.#random.below(to - from)) * day + this.#random.below(day);
    switch (this.#random.below(5)) {
      case 0:
        return "epoch";
      case 4:
        // To 2099, as a clock chip with an empty battery may show.
        return days(68 * 365, 69 * 365);
      case 1:
        return -days(0, 300);
      case 2:
        return days(0, 60);
      default:
        return days(300, 9000);
    }
  }
}
