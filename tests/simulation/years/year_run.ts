/** One run of certswap on a simulated device: its doors, and what may interrupt it. */
import assert from "node:assert/strict";
import type { PairConfiguration } from "../../../lib/device/configuration/configuration.ts";
import {
  type RunOptions,
  type RunResult,
  type System,
  TlsConnectionError,
} from "../../../lib/system/mod.ts";
import type { SeededRandom } from "../../support/random.ts";
import { day, ended } from "../../support/rotation_world.ts";
import { makeSigner, type Signer, type Terms } from "../../support/signer.ts";
import { type Disk, visibleFiles } from "../model/disk.ts";
import { type Fate, type Operation, SimulatedFileSystem } from "../model/simulated_file_system.ts";
import { noDatabases } from "../model/no_databases.ts";
import { refusedSight, simulatedNetwork } from "../model/simulated_network.ts";
import { simulatedAccessLists, simulatedRandom } from "../model/simulated_system.ts";
import type { ClockMood, Weather } from "./weather.ts";
import { findPair } from "./year_checks.ts";
import type { Year } from "./year.ts";
import { unknownVolumes } from "../model/unknown_volumes.ts";

/** The surroundings of a run, which it may change. */
export interface Surroundings {
  /** The true time. */
  time: Date;
  readonly random: SeededRandom;
  readonly signer: Signer;
  readonly configuration: PairConfiguration;
  readonly weather: Weather;
  /** How long certificates are valid, in milliseconds. */
  readonly life: number;
  loaded: Uint8Array | undefined;
  readonly mayReloadAgain: boolean;
  readonly year: Year;
}

/** What interrupts a run, and the number of the operation at which it does. */
export interface Accident {
  readonly kind: "power cut" | "kill";
  readonly at: number;
}

/** The duration of a handshake, in milliseconds. */
const handshake = 20;

/** Thrown by every door of an interrupted run. */
class Over extends Error {}

/** One run. */
export class DeviceRun {
  /** What interrupted it; `undefined`: nothing did. */
  endedBy: Accident["kind"] | undefined;
  readonly #around: Surroundings;
  readonly #accident: Accident | undefined;
  readonly #files: SimulatedFileSystem;
  /** The number of the operation at which a failing disk fails. */
  readonly #failingAt: number;
  readonly #clock: ClockMood;
  /** The number of the operation at which a wrong clock may be corrected. */
  readonly #setRightAt: number;
  #operations = 0;
  #violation: unknown;

  constructor(around: Surroundings, disk: Disk, accident: Accident | undefined, stage?: "boot") {
    this.#around = around;
    this.#accident = accident;
    this.#failingAt = around.weather.disk === "failing" && stage !== "boot"
      ? 1 + around.random.below(around.random.pick([30, 200]))
      : 0;
    // If the issuer's clock is ahead, a device whose clock also jumps ahead cannot notice: only one of
    // the two mistakes is simulated.
    const isWaiting = [...visibleFiles(disk).keys()].some((path) => path.endsWith(".pending"));
    const { clock } = around.weather;
    this.#clock = isWaiting && clock !== "epoch" ? Math.min(clock, 0) : clock;
    this.#setRightAt = clock !== 0 && around.random.oneIn(3)
      ? 1 + around.random.below(around.random.pick([20, 100, 400]))
      : Infinity;
    const isFine = stage === "boot";
    this.#files = new SimulatedFileSystem(disk, {
      fate: (operation) => this.#step() ?? (isFine ? "run" : this.#fateOf(operation)),
    });
  }

  get disk(): Disk {
    return this.#files.disk;
  }

  /** The states of the clock, from the first operation to the last. */
  get clock(): ClockMood {
    return this.#clock;
  }

  /** Whether a wrong clock was corrected during the run. */
  get wasSetRight(): boolean {
    return this.#operations >= this.#setRightAt;
  }

  /** Does something in this run. @returns `undefined` if the run was interrupted. */
  async perform<T>(work: (system: System) => Promise<T>): Promise<T | undefined> {
    let result: T | undefined;
    try {
      result = await work(this.#system());
    } catch (error) {
      if (!(error instanceof Over)) throw error;
    }
    // certswap treats an assertion within a door like any other error: it must not be lost.
    if (this.#violation !== undefined) throw this.#violation;
    return this.endedBy === undefined ? result : undefined;
  }

  #system(): System {
    return {
      files: this.#files,
      accessLists: simulatedAccessLists(this.#files),
      databases: noDatabases,
      volumes: unknownVolumes,
      clock: {
        now: () => this.#now(),
        sleep: (milliseconds) => {
          const { time } = this.#around;
          this.#around.time = new Date(time.getTime() + milliseconds);
          return Promise.resolve(this.#step());
        },
      },
      processes: {
        userId: () => 0,
        processId: () => 4711,
        hostName: () => "host.example",
        groupId: () => 0,
        onServiceSignals: () => () => {},
        onTermination: () => () => {},
        deliverSignals: () => Promise.resolve(),
        run: async (options) => {
          this.#step();
          const result = options.command[0] === "/bin/issuer"
            ? await this.#askIssuer(options)
            : await this.#runHook();
          this.#step();
          return result;
        },
      },
      random: simulatedRandom(),
      network: simulatedNetwork({
        look: (endpoint, { timeLimit }) => {
          this.#step();
          const { loaded } = this.#around;
          if (loaded === undefined) return refusedSight(endpoint);
          if (this.#around.weather.service === "unseen") {
            return { stage: "handshake", error: new TlsConnectionError(endpoint, "handshake") };
          }
          return timeLimit < handshake
            ? { stage: "connected", error: new TlsConnectionError(endpoint, "time-limit") }
            : { stage: "certificate", certificate: loaded };
        },
      }),
    };
  }

  get #isAhead(): boolean {
    return this.#clock !== "epoch" && this.#clock > 0;
  }

  #now(): Date {
    const { time } = this.#around;
    const clock = this.#operations >= this.#setRightAt ? 0 : this.#clock;
    // In 1970 the time of day is still the true one.
    return new Date(clock === "epoch" ? time.getTime() % day : time.getTime() + clock);
  }

  /** Counts an operation. @throws Over if the run was interrupted. */
  #step(): undefined {
    if (this.endedBy === undefined && ++this.#operations === this.#accident?.at) {
      const { kind } = this.#accident;
      this.endedBy = kind;
      if (kind === "kill") this.#around.year.kills++;
    }
    if (this.endedBy !== undefined) throw new Over(this.endedBy);
    return undefined;
  }

  #fateOf({ operation, path }: Operation): Fate {
    switch (this.#around.weather.disk) {
      case "fine":
        return "run";
      case "full":
        return ["create", "write", "link", "mkdir"].includes(operation)
          ? { errno: "ENOSPC" }
          : "run";
      case "read-only":
        // A lock file is opened for writing.
        return writing.has(operation) || operation === "open" && path.endsWith(".lock")
          ? { errno: "EROFS" }
          : "run";
      case "failing":
        return this.#operations === this.#failingAt ? { errno: "EIO" } : "run";
    }
  }

  async #askIssuer({ input }: RunOptions): Promise<RunResult> {
    const { signer, time, weather, random } = this.#around;
    const terms = this.#termsFrom(time.getTime());
    switch (weather.issuer) {
      case "signs":
        this.#around.year.issued++;
        return ended(0, { output: await signer.sign(input, terms) });
      case "stale": {
        const gone = this.#around.life * (5 + random.below(5)) / 10;
        return ended(0, {
          output: await signer.sign(input, this.#termsFrom(time.getTime() - gone)),
        });
      }
      case "ahead": {
        const days = this.#isAhead ? 0 : random.pick([0.3, 3, 12, 8000]);
        const ahead = this.#termsFrom(time.getTime() + days * day);
        return ended(0, { output: await signer.sign(input, ahead) });
      }
      case "deaf":
        return ended(0, { output: await signer.sign(input, { ...terms, omitsNames: true }) });
      case "fails":
        return ended(1, { errorOutput: "out of order" });
      case "hangs":
        return ended({ kind: "time-limit" });
      case "not yet":
        return ended(75);
      case "nonsense":
        return ended(0, { output: "<html></html>" });
      case "stranger": {
        const stranger = await makeSigner("CN=Stranger");
        return ended(0, { output: await stranger.sign(input, terms) });
      }
    }
  }

  #termsFrom(milliseconds: number): Terms {
    const notBefore = new Date(Math.floor(milliseconds / 1000) * 1000);
    return { notBefore, notAfter: new Date(notBefore.getTime() + this.#around.life) };
  }

  async #runHook(): Promise<RunResult> {
    const around = this.#around;
    const pair = await findPair(this.disk, around.configuration.paths);
    try {
      assert.equal(pair.condition, "sound", "the service is reloaded with a broken pair");
      const isKnown = pair.condition === "sound" && around.loaded !== undefined &&
        around.loaded.toHex() === pair.loaded.leaf.der.toHex();
      // A service that did not load a pair is reloaded with the previous one, which it may still have.
      const isExcused = around.mayReloadAgain || around.weather.service !== "takes";
      assert.ok(!isKnown || isExcused, "the service is reloaded for nothing");
    } catch (error) {
      this.#violation = error;
      throw error;
    }
    around.year.reloads++;
    const active = pair.condition === "sound" ? pair.loaded.leaf.der : undefined;
    // Without a probe, a hook that succeeds without an effect cannot be noticed.
    const lie = around.configuration.probes.length === 0 ? 1 : 0;
    switch (around.weather.service) {
      case "takes":
      case "unseen":
        around.loaded = active;
        return ended(0);
      case "complains":
        around.loaded = active;
        return ended(around.random.oneIn(2) ? 1 : { kind: "time-limit" });
      case "refuses":
        return ended(around.random.pick([lie, lie, 1, { kind: "time-limit" }]));
      case "stops":
        around.loaded = undefined;
        return ended(lie);
    }
  }
}

const writing: ReadonlySet<string> = new Set([
  "create",
  "write",
  "link",
  "mkdir",
  "rename",
  "unlink",
  "rmdir",
  "chown",
  "chmod",
]);
