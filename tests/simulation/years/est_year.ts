/** A year of a device that an EST server issues for: it enrols, renews, and follows the CA to a new root. */
import assert from "node:assert/strict";
import { trustingBundle } from "../../../lib/device/configuration/combine/mod.ts";
import { loadAnchors } from "../../../lib/device/pair/mod.ts";
import { TlsConnectionError } from "../../../lib/system/mod.ts";
import { fingerprint, readCertificate } from "../../../lib/x509/mod.ts";
import {
  certificatesAnswer,
  type EstAnswer,
  EstService,
  serverCertificate,
  sessionWith,
} from "../../support/est_service.ts";
import { SeededRandom } from "../../support/random.ts";
import { day, emptyDevice, RotationWorld, secretPath } from "../../support/rotation_world.ts";
import { makeSigner, type Signer } from "../../support/signer.ts";
import { bundlePath, nameOfRoot, rootOf, withTrustBundle } from "../../support/trust_world.ts";
import { findPair } from "./year_checks.ts";
import type { Disk } from "../model/disk.ts";
import { onePowerCut } from "../model/power_cut.ts";
import { SimulatedFileSystem } from "../model/simulated_file_system.ts";

/** What the server does. `late`: each answer takes too long; `ahead`: its clock is two days ahead. */
const moods = [
  "dead",
  "late",
  "web page",
  "another server",
  "stranger",
  "undecided",
  "ahead",
  "foreign root",
  "no roots",
] as const;

type Mood = "well" | typeof moods[number];

/** What has happened in years. */
export interface EstTotals {
  issued: number;
  kills: number;
  powerCuts: number;
  /** Runs in which the server was in trouble. */
  troubled: number;
}

/** After so many days without trouble, nothing may be overdue. */
const calmDays = 5;

/** The run is over: its process is dead. */
class Over extends Error {}

/** Three CAs: the first, the one that replaces it, and one that no device trusts. */
interface Cast {
  readonly old: Signer;
  readonly next: Signer;
  readonly foreign: Signer;
}

/** Lives a year, and checks it. @throws AssertionError with the seed. */
export async function liveEstYear(seed: number, totals: EstTotals): Promise<void> {
  const cast = {
    old: await makeSigner("CN=Old Root"),
    next: await makeSigner("CN=New Root"),
    foreign: await makeSigner("CN=Foreign Root"),
  };
  try {
    await new EstYear(cast, new SeededRandom(seed), totals).live();
  } catch (cause) {
    throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

class EstYear {
  readonly #cast: Cast;
  readonly #random: SeededRandom;
  readonly #totals: EstTotals;
  readonly #service: EstService;
  #disk: Disk;
  #now = new Date("2030-06-01T12:00:00Z");
  #mood: Mood = "well";
  #left = 0;
  #calm = 0;

  constructor(cast: Cast, random: SeededRandom, totals: EstTotals) {
    this.#cast = cast;
    this.#random = random;
    this.#totals = totals;
    this.#service = new EstService(cast.old, () => this.#serverTime());
    this.#disk = emptyDevice(cast.old, {
      [secretPath]: { content: "secret\n", attributes: { mode: 0o600 } },
    });
  }

  async live(): Promise<void> {
    const { old, next } = this.#cast;
    const begin = 100 + this.#random.below(80);
    const both = [rootOf(old), rootOf(next), await old.certify(next), await next.certify(old)];
    let roots: readonly Uint8Array[] = [rootOf(old)];
    for (let passed = 0; passed < 365; passed++) {
      if (passed === begin) roots = both;
      if (passed === begin + 30) this.#service.signer = next;
      if (passed === begin + 130) roots = [rootOf(next)];
      this.#changeMood(passed > 335);
      await this.#run(roots);
      await this.#check(passed);
      this.#now = new Date(this.#now.getTime() + (20 + this.#random.below(9)) * day / 24);
    }
    assert.deepEqual(
      await this.#trusted(),
      [await nameOfRoot(next)],
      "the old root is still there",
    );
    this.#totals.issued += this.#service.issued.length;
  }

  /** Trouble comes about once a month, and stays for up to a week. */
  #changeMood(isEnd: boolean): void {
    if (this.#left > 0 && !isEnd) this.#left--;
    else if (!isEnd && this.#random.oneIn(25)) {
      this.#mood = this.#random.pick(moods);
      this.#left = this.#random.below(6);
    } else this.#mood = "well";
    if (this.#mood === "well") this.#calm++;
    else {
      this.#calm = 0;
      this.#totals.troubled++;
    }
  }

  #serverTime(): Date {
    return new Date(this.#now.getTime() + (this.#mood === "ahead" ? 2 * day : 0));
  }

  /** `rotate`, which a kill or a power cut may end. */
  async #run(roots: readonly Uint8Array[]): Promise<void> {
    const accident = this.#random.oneIn(6) ? this.#random.below(700) : undefined;
    const isPowerCut = this.#random.oneIn(2);
    let operations = 0;
    let isOver = false;
    const files = new SimulatedFileSystem(this.#disk, {
      fate: () => {
        isOver ||= operations++ === accident;
        if (isOver) throw new Over();
        return "run";
      },
    });
    const world = new RotationWorld(this.#cast.old, files);
    world.now = this.#now;
    await this.#connect(world, roots);
    const configuration = { ...withTrustBundle, probes: [] };
    try {
      world.configuration = trustingBundle(files, configuration);
      await world.rotate();
    } catch (error) {
      if (!(error instanceof Over)) throw error;
    }
    this.#disk = files.disk;
    if (!isOver) return;
    this.#calm = 0;
    if (!isPowerCut) {
      this.#totals.kills++;
      return;
    }
    this.#totals.powerCuts++;
    this.#disk = onePowerCut(this.#disk, "adversarial", (count) => this.#random.below(count));
  }

  async #connect(world: RotationWorld, roots: readonly Uint8Array[]): Promise<void> {
    const { foreign } = this.#cast;
    const mood = this.#mood;
    const signer = mood === "another server" ? foreign : this.#service.signer;
    const own = await serverCertificate(signer, { now: this.#now });
    const signing = mood === "stranger" ? foreign : undefined;
    this.#service.answers = (_, operation) => answerOf(mood, operation, { roots, foreign });
    const usual = this.#service.signer;
    const session = sessionWith(this.#service, () => Promise.resolve([own]));
    world.https = async (endpoint, options) => {
      if (mood === "dead") throw new TlsConnectionError(endpoint, "refused");
      if (mood === "late") throw new TlsConnectionError(endpoint, "time-limit");
      const opened = await session(endpoint, options);
      return {
        ...opened,
        send: async (exchange) => {
          if (signing !== undefined) this.#service.signer = signing;
          try {
            return await opened.send(exchange);
          } finally {
            this.#service.signer = usual;
          }
        },
      };
    };
  }

  async #check(passed: number): Promise<void> {
    const { old, next } = this.#cast;
    const trusted = await this.#trusted();
    const allowed = [await nameOfRoot(old), await nameOfRoot(next)];
    assert.ok(trusted.every((name) => allowed.includes(name)), `a foreign root on day ${passed}`);
    if (this.#calm < calmDays) return;
    const pair = await findPair(this.#disk, withTrustBundle.paths);
    assert.equal(pair.condition, "sound", `day ${passed}`);
    if (pair.condition !== "sound") return;
    const { notAfter } = readCertificate(pair.loaded.leaf.der);
    const remaining = (notAfter.getTime() - this.#now.getTime()) / day;
    // Due when 30 to 22.5 of 90 days remain, and overdue a day later.
    assert.ok(remaining > 21, `${remaining} days are left on day ${passed}`);
    assert.ok(trusted.length > 0, `no root on day ${passed}`);
  }

  async #trusted(): Promise<readonly string[]> {
    const files = new SimulatedFileSystem(this.#disk);
    try {
      return await Promise.all((loadAnchors(files, bundlePath).anchors ?? []).map(fingerprint));
    } catch {
      return [];
    }
  }
}

/** What a server in this mood answers; `undefined`: what it should. */
function answerOf(
  mood: Mood,
  operation: string,
  { roots, foreign }: { readonly roots: readonly Uint8Array[]; readonly foreign: Signer },
): EstAnswer | undefined {
  const page = { status: 200, headers: { "content-type": "text/html" }, body: "<html></html>" };
  if (mood === "web page") return page;
  if (operation === "cacerts") {
    if (mood === "no roots") return certificatesAnswer([]);
    return certificatesAnswer(mood === "foreign root" ? [...roots, rootOf(foreign)] : roots);
  }
  return mood === "undecided" && operation.endsWith("enroll") ? { status: 202 } : undefined;
}

/** Lives many years, one for each seed. */
export async function liveEstYears(count: number, from = 1): Promise<EstTotals> {
  const totals: EstTotals = { issued: 0, kills: 0, powerCuts: 0, troubled: 0 };
  for (let seed = from; seed < from + count; seed++) await liveEstYear(seed, totals);
  return totals;
}
