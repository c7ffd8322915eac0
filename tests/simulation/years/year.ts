/**
 * A year of a device: cron runs `certswap rotate`, and everything that can go wrong does. All randomness
 * comes from a seed, so a failing year can be replayed.
 */
import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import type { PairConfiguration } from "../../../lib/device/configuration/configuration.ts";
import { MountRequiredError, NotMountedError } from "../../../lib/device/errors.ts";
import { type PairPaths, recoverPair } from "../../../lib/device/mod.ts";
import { rotatePair } from "../../../lib/device/rotation/mod.ts";
import type { System } from "../../../lib/system/mod.ts";
import { SeededRandom } from "../../support/random.ts";
import { day, emptyDevice } from "../../support/rotation_world.ts";
import { makeSigner, type Signer } from "../../support/signer.ts";
import { forgetContents } from "../model/contents.ts";
import { compacted, type Disk } from "../model/disk.ts";
import { isMounted, mounted, namesBelow, unmounted, withFileSystem } from "../model/mounts.ts";
import { onePowerCut } from "../model/power_cut.ts";
import { DeviceRun, type Surroundings } from "./year_run.ts";
import { findPair, requireAllIsWell, requireTold, requireWholePair } from "./year_checks.ts";
import { ClockWatch } from "./clock_watch.ts";
import { Weather } from "./weather.ts";
import {
  drawConfiguration,
  drawSplitPair,
  neighbourOf,
  reconfigure,
  type SplitPair,
} from "./year_configuration.ts";

const hour = day / 24;

/** What happened in a year. */
export interface Year {
  runs: number;
  powerCuts: number;
  kills: number;
  issued: number;
  reloads: number;
  restored: number;
  reconfigured: number;
  /** Pairs that were not valid at the end of a run, each for an expected reason. */
  without: number;
  /** Runs without the disk of one half. */
  withoutDisk: number;
  /** How often a wrong latest time was corrected. */
  corrected: number;
  /** Jumps far ahead that the first run to see them did not trust. */
  leapsNoticed: number;
  /** Runs after which a previous pair had to be removed for its age, and was. */
  previousGone: number;
}

/** A broken promise. `seed` replays it. */
export class YearViolation extends Error {
  readonly seed: number;

  constructor(seed: number, when: Date, options: { cause: unknown }) {
    const reason = options.cause instanceof Error ? options.cause.message : String(options.cause);
    super(`seed ${seed}, ${when.toISOString()}: ${reason}`, options);
    this.seed = seed;
  }
}

/**
 * Simulates a year.
 *
 * @throws YearViolation
 */
export async function liveYear(seed: number): Promise<Year> {
  // The contents of a thousand years do not fit into memory.
  forgetContents();
  const device = new SimulatedDevice(seed, await makeSigner());
  try {
    return await device.live(365 * day);
  } catch (cause) {
    throw new YearViolation(seed, device.time, { cause });
  }
}

class SimulatedDevice implements Surroundings {
  /** The true time. */
  time = new Date("2030-01-01T00:00:00Z");
  readonly random: SeededRandom;
  readonly signer: Signer;
  configuration: PairConfiguration;
  readonly weather: Weather;
  readonly life: number;
  /** DER of the certificate that the service has loaded; `undefined`: it does not run. */
  loaded: Uint8Array | undefined;
  /** Whether the last run could not record what the service knows, so that it may be told again. */
  mayReloadAgain = false;
  readonly year: Year = {
    runs: 0,
    powerCuts: 0,
    kills: 0,
    issued: 0,
    reloads: 0,
    restored: 0,
    reconfigured: 0,
    without: 0,
    withoutDisk: 0,
    corrected: 0,
    leapsNoticed: 0,
    previousGone: 0,
  };
  readonly #interval: number;
  #disk: Disk;
  /** Since when everything has been working. */
  #wellSince: Date | undefined;
  /** The state of another pair, whose troubles must not affect this one. */
  readonly #neighbour: PairConfiguration | undefined;
  /** The certificates of all pairs that were active. */
  readonly #had = new Set<string>();
  readonly #clockWatch = new ClockWatch();
  /** The pair, if it lies on two disks. */
  readonly #split: SplitPair | undefined;
  /** The device number of the disk that is mounted. */
  #device = 7;

  constructor(seed: number, signer: Signer) {
    const random = this.random = new SeededRandom(seed);
    this.signer = signer;
    this.#interval = random.pick([12, 24, 24, 24]) * hour;
    this.life = random.pick([30, 47, 90, 180]) * day;
    this.weather = new Weather(random, this.#interval);
    this.configuration = drawConfiguration(seed, random);
    this.#neighbour = random.oneIn(3) ? neighbourOf(this.configuration) : undefined;
    const split = this.#split = drawSplitPair(random);
    const disk = emptyDevice(signer, split === undefined ? {} : { [`${split.mountPoint}/`]: {} });
    this.#disk = split === undefined ? disk : withFileSystem(disk, split.mountPoint, this.#device);
    if (split !== undefined) this.configuration = { ...this.configuration, paths: split.paths };
  }

  async live(duration: number): Promise<Year> {
    const end = this.time.getTime() + duration;
    for (let next = this.time.getTime(); next < end; next += this.#interval) {
      this.time = new Date(Math.max(next, this.time.getTime()));
      this.weather.change();
      this.#mountOrUnmount();
      this.#reconfigureAtTimes();
      // An operator starts a stopped service again.
      if (this.weather.service === "takes" && this.loaded === undefined) await this.#startService();
      await this.#runOnce();
    }
    return this.year;
  }

  /** An operator changes the configuration. */
  #reconfigureAtTimes(): void {
    if (!this.random.oneIn(Math.round(90 * day / this.#interval))) return;
    this.configuration = reconfigure(this.configuration, this.random);
    this.#wellSince = undefined;
    this.year.reconfigured++;
  }

  /** The disk of one half is unmounted, and mounted again with another device number. */
  #mountOrUnmount(): void {
    if (this.#split === undefined) return;
    const { mountPoint, paths } = this.#split;
    // If no pair is known yet, a first one may be written under the mount point.
    const isKnown = this.#had.has(paths.certificate) || paths.requiresMount !== undefined;
    if (this.weather.mount === "gone" && isKnown) {
      this.#disk = unmounted(this.#disk, mountPoint);
      this.year.withoutDisk++;
    } else if (!isMounted(this.#disk, mountPoint)) {
      this.#disk = mounted(this.#disk, mountPoint, ++this.#device);
    }
  }

  /** The disk with both halves, and nothing under the mount point. */
  get #whole(): Disk {
    if (this.#split === undefined) return this.#disk;
    const { mountPoint } = this.#split;
    const below = namesBelow(this.#disk, mountPoint);
    assert.deepEqual(below, [], `written under the mount point: ${below.join()}`);
    return mounted(this.#disk, mountPoint, this.#device);
  }

  /** Whether a disk is missing. */
  get #isHalf(): boolean {
    return this.#split !== undefined && !isMounted(this.#disk, this.#split.mountPoint);
  }

  /** In the order in which they are rotated. */
  get #pairs(): readonly PairConfiguration[] {
    return [...(this.#neighbour === undefined ? [] : [this.#neighbour]), this.configuration];
  }

  /** A cron job, which may be interrupted. */
  async #runOnce(): Promise<void> {
    this.year.runs++;
    const run = new DeviceRun(this, this.#disk, this.#drawAccident());
    const told = new Set<PairConfiguration>();
    await run.perform(async (system) => {
      for (const pair of this.#pairs) {
        const { outcome, attention } = await rotatePair(system, pair, {
          lockTimeout: 0,
          force: false,
          wait: false,
          textOf: (error) => describe(error).message,
          onEvent: ({ event }) => void (event === "restored" && this.year.restored++),
        });
        if (attention !== undefined) told.add(pair);
        const isRefused = this.#isHalf && pair === this.configuration;
        assert.ok(!isRefused || outcome === "failed", "rotated without a disk");
      }
    });
    this.#disk = compacted(run.disk);
    if (run.endedBy === undefined && run.clock === 0) {
      const { time, weather } = this;
      for (const pair of this.#pairs) {
        const isTold = told.has(pair);
        await requireTold(this.#whole, pair, { time, isTold, disk: weather.disk });
      }
    }
    this.#clockWatch.afterRun(this, this.#whole, run);
    if (run.endedBy === "power cut") await this.#reboot();
    const isUndisturbed = run.endedBy === undefined && this.weather.isDeviceFine;
    this.mayReloadAgain = !isUndisturbed;
    this.#wellSince = isUndisturbed && this.weather.isFine
      ? this.#wellSince ?? this.time
      : undefined;
    await this.#check(run.endedBy === "kill");
  }

  /** The power is back: certswap recovers before the service starts, unless the power fails again. */
  async #reboot(): Promise<void> {
    do {
      this.year.powerCuts++;
      this.#disk = onePowerCut(this.#disk, "adversarial", (count) => this.random.below(count));
      if (this.#split !== undefined && !this.#isHalf) {
        this.#disk = mounted(this.#disk, this.#split.mountPoint, ++this.#device);
      }
      const accident = this.random.oneIn(4)
        ? { kind: "power cut", at: 1 + this.random.below(40) } as const
        : undefined;
      const boot = new DeviceRun(this, this.#disk, accident, "boot");
      await boot.perform(async (system) => {
        for (const { paths } of this.#pairs) await this.#recover(system, paths);
      });
      this.#disk = compacted(boot.disk);
      if (boot.endedBy === undefined) break;
    } while (true);
    await this.#startService();
  }

  async #recover(system: System, paths: PairPaths): Promise<void> {
    try {
      await recoverPair(system, paths, { lockTimeout: 0 });
    } catch (error) {
      const isRefused = error instanceof NotMountedError || error instanceof MountRequiredError;
      if (!isRefused || !this.#isHalf) throw error;
    }
  }

  /** It loads the pair on the disk. */
  async #startService(): Promise<void> {
    const pair = await findPair(this.#disk, this.configuration.paths);
    this.loaded = pair.condition === "sound" ? pair.loaded.leaf.der : undefined;
  }

  #drawAccident(): { readonly kind: "power cut" | "kill"; readonly at: number } | undefined {
    const perDay = (days: number): number => Math.round(days * day / this.#interval);
    // Most runs have nothing to do, and end after a few operations; a rotation has hundreds.
    const at = (): number => 1 + this.random.below(this.random.pick([20, 100, 300]));
    if (this.random.oneIn(perDay(12))) return { kind: "power cut", at: at() };
    return this.random.oneIn(perDay(25)) ? { kind: "kill", at: at() } : undefined;
  }

  async #check(isKilled: boolean): Promise<void> {
    for (const configuration of this.#pairs) await this.#checkPair(configuration, isKilled);
  }

  async #checkPair(configuration: PairConfiguration, isKilled: boolean): Promise<void> {
    const { certificate } = configuration.paths;
    const pair = await findPair(this.#whole, configuration.paths);
    // The next run handles what a kill leaves. Every other run must leave a complete pair.
    if (!isKilled) requireWholePair(pair, this.#had.has(certificate));
    if (pair.condition === "sound") this.#had.add(certificate);
    const leaf = pair.condition === "sound" ? pair.loaded.leaf : undefined;
    assert.ok(
      leaf === undefined || leaf.notBefore <= this.time,
      "a pair that is not yet valid is active",
    );
    if (leaf === undefined || this.time > leaf.notAfter) this.year.without++;
    const patience = 8 * hour + 2 * this.#interval;
    const well = this.#wellSince;
    if (well !== undefined && this.time.getTime() - well.getTime() > patience) {
      const since = new Date(this.time.getTime() - patience);
      const { loaded, time } = this;
      await requireAllIsWell(this.#whole, pair, { configuration, loaded, time, since });
    }
  }
}

/** Simulates this many years, one seed after the other. @throws YearViolation for the first that fails. */
export async function liveYears(count: number, from = 1): Promise<Year & { years: number }> {
  const total = {
    years: 0,
    runs: 0,
    powerCuts: 0,
    kills: 0,
    issued: 0,
    reloads: 0,
    restored: 0,
    reconfigured: 0,
    without: 0,
    withoutDisk: 0,
    corrected: 0,
    leapsNoticed: 0,
    previousGone: 0,
  };
  for (let seed = from; seed < from + count; seed++) {
    const year = { years: 1, ...await liveYear(seed) };
    for (const [name, value] of Object.entries(year)) {
      total[name as keyof typeof total] += value;
    }
  }
  return total;
}
