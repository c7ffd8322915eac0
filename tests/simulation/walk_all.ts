/** Walks every crash state and every attack of the adversary, and prints how many there were. */

/*
 * `deno task walk` for all, `deno task walk NAME` for the scenarios whose name holds NAME,
 * `deno task walk NAME MODE PATH` to replay the one path that a failure printed.
 */
import { replayAttack, walkAdversary } from "./model/adversary.ts";
import { caScenarios, failingCaChanges, makeCaCast } from "./scenarios/ca_scenarios.ts";
import {
  failingHierarchyChanges,
  hierarchyScenarios,
  makeHierarchyCast,
} from "./scenarios/hierarchy_scenarios.ts";
import { makeCast } from "./scenarios/device_plot.ts";
import { deviceScenarios, failingSwaps } from "./scenarios/device_scenarios.ts";
import { failingFlips, flipScenarios } from "./scenarios/flip_scenarios.ts";
import { makeOutputCast, outputScenarios } from "./scenarios/output_scenarios.ts";
import { repairScenarios } from "./scenarios/repair_scenarios.ts";
import { type Disk, visibleFiles } from "./model/disk.ts";
import type { Mode } from "./model/power_cut.ts";
import type { Fate, Operation } from "./model/simulated_file_system.ts";
import {
  attackedCas,
  attackedDevices,
  attackedOutputs,
  attackedRotations,
  attackedTransactions,
  attackedTrust,
} from "./scenarios/attacked_scenarios.ts";
import { mountScenarios } from "./scenarios/mount_scenarios.ts";
import { rolloverScenarios } from "./scenarios/rollover_scenarios.ts";
import { makeRotationCast, rotationScenarios } from "./scenarios/rotation_scenarios.ts";
import { trustScenarios } from "./scenarios/trust_scenarios.ts";
import { refusedScenarios, transactionScenarios } from "./scenarios/transaction_scenarios.ts";
import { replay, type Scenario, Violation, walk } from "./model/walk.ts";

interface Run {
  readonly scenario: Scenario;
  readonly fault?: (operation: Operation) => Fate;
  /** Both, where it is left out. */
  readonly modes?: readonly Mode[];
  /** A sample of the states in an adversarial order. */
  readonly oneIn?: number;
}

const [wanted = "", mode, path] = Deno.args;
const cast = await makeCast();
const outputCast = await makeOutputCast();
const caCast = await makeCaCast();
const hierarchyCast = await makeHierarchyCast();
const rotationCast = await makeRotationCast();
const runs: readonly Run[] = [
  ...transactionScenarios.map((scenario) => ({ scenario })),
  ...refusedScenarios,
  ...deviceScenarios(cast).map((scenario) => ({ scenario })),
  ...failingSwaps(cast),
  ...outputScenarios(outputCast).map(({ scenario, inAll }) => ({
    scenario,
    ...(wanted === "" ? { modes: inAll } : {}),
  })),
  ...flipScenarios(cast).map((scenario) => ({ scenario })),
  ...failingFlips(cast),
  ...repairScenarios(cast, rotationCast).map((scenario) => ({ scenario })),
  ...(await mountScenarios(cast)).map((scenario) => ({
    scenario,
    // With one of two disks missing: in any order only if it is named, or a stage.
    ...(wanted === "" && !scenario.name.startsWith("stage") ? { modes: ["ordered"] as const } : {}),
  })),
  ...(await caScenarios(caCast)).map((scenario) => ({ scenario, ...ofBatch(scenario) })),
  ...(await failingCaChanges(caCast)).map((run) => ({ ...run, ...ofBatch(run.scenario) })),
  ...(await hierarchyScenarios(hierarchyCast)).map(sampled),
  ...await failingHierarchyChanges(hierarchyCast),
  ...(await rolloverScenarios()).map((scenario) => ({
    scenario,
    ...(wanted === "" ? { modes: ["ordered"] as const } : {}),
  })),
  ...(await hierarchyScenarios(await makeHierarchyCast("encrypted"))).map(sampled),
  ...(await caScenarios(await makeCaCast("encrypted"))).map((scenario) => ({
    scenario: { ...scenario, name: `${scenario.name} (encrypted key)` },
    ...ofBatch(scenario),
  })),
  ...(await trustScenarios()).map((scenario) => ({ scenario })),
  ...rotationScenarios(rotationCast).map((scenario) => ({
    scenario,
    // It has the most pending changes of names: in any order it is walked only if it is named.
    ...(scenario.adversarial === "minutes" && wanted === "" ? { modes: ["ordered"] as const } : {}),
  })),
].filter(({ scenario }) => scenario.name.includes(wanted));

const attacked = [
  ...attackedTransactions,
  ...attackedDevices(cast),
  ...attackedOutputs(outputCast),
  ...attackedRotations(rotationCast),
  ...await attackedCas(caCast),
  ...await attackedTrust(),
].filter(({ scenario }) => scenario.name.includes(wanted));

/** All states of a cross-certification, which take six minutes, only if it is named. */
function sampled(scenario: Scenario): Run {
  const isLong = scenario.name.startsWith("ca cross-certify");
  return { scenario, ...(isLong && wanted === "" ? { oneIn: 7 } : {}) };
}

/** Certificates that are staged at the same time: in any order only if they are named. */
function ofBatch({ name }: Scenario): Pick<Run, "modes"> {
  const isBatch = /^ca sign, (?:two|three) requests/.test(name);
  return isBatch && wanted === "" ? { modes: ["ordered"] } : {};
}

if (mode === "attack" && path !== undefined) await replayAttacks(path);
else if (mode !== undefined && path !== undefined) await replayAll(mode as Mode, path);
else Deno.exitCode = await walkAll() && await attackAll() ? 0 : 1;

/** @returns whether no promise was broken. */
async function attackAll(): Promise<boolean> {
  let total = 0;
  let violations = 0;
  for (const { scenario, options } of attacked) {
    try {
      const { oneIn = 1 } = options;
      const count = await walkAdversary(scenario, { ...options, oneIn: wanted === "" ? oneIn : 1 });
      total += count;
      console.log(`${count.toLocaleString("en").padStart(8)} attacks on  ${scenario.name}`);
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      violations++;
      console.error(
        `${error.message}\n  replay: deno task walk "${scenario.name}" attack "${error.path}"`,
      );
    }
  }
  console.log(`${total.toLocaleString("en")} attacks of the adversary, ${violations} violations`);
  return violations === 0;
}

async function replayAttacks(of: string): Promise<void> {
  for (const { scenario, options } of attacked) {
    console.log(`${scenario.name}, after ${of}:`);
    printFiles(await replayAttack(scenario, of, options));
  }
}

/** @returns whether no promise was broken. */
async function walkAll(): Promise<boolean> {
  let total = 0;
  let violations = 0;
  for (const run of runs) {
    const counts: number[] = [];
    for (const each of run.modes ?? ["ordered", "adversarial"] as const) {
      try {
        const { oneIn = 1 } = each === "adversarial" ? run : {};
        counts.push((await walk(run.scenario, { ...run, mode: each, oneIn })).states);
      } catch (error) {
        if (!(error instanceof Violation)) throw error;
        violations++;
        console.error(
          `${error.message}\n  replay: deno task walk "${run.scenario.name}" ${each} ${error.path}`,
        );
      }
    }
    total += counts.reduce((sum, count) => sum + count, 0);
    const [ordered = 0, adversarial = 0] = counts.map((count) => count.toLocaleString("en"));
    console.log(
      `${String(ordered).padStart(8)} ${String(adversarial).padStart(8)}  ${run.scenario.name}`,
    );
  }
  console.log(
    `${
      total.toLocaleString("en")
    } crash states (ordered and adversarial), ${violations} violations`,
  );
  return violations === 0;
}

async function replayAll(of: Mode, crashes: string): Promise<void> {
  for (const run of runs) {
    const disk = await replay(run.scenario, crashes, { ...run, mode: of });
    console.log(`${run.scenario.name}, ${of}, after ${crashes}:`);
    printFiles(disk);
    run.scenario.checkNothingLeft(disk);
    console.log(`  the ${run.scenario.outcome(disk)} state`);
  }
}

function printFiles(disk: Disk): void {
  for (const [file, seen] of visibleFiles(disk)) {
    const what = typeof seen === "object"
      ? `content ${seen.content}, mode ${seen.mode.toString(8)}`
      : seen;
    console.log(`  ${file}  ${what}`);
  }
}
