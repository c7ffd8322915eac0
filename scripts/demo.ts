/**
 * The demo, in two acts. One device: a TLS server with clients that connect continuously, a swap, a swap that
 * is killed half-way, a rotation, a rotation that fails. A fleet: a CA with its server, devices that enrol
 * and renew over the network, one that is revoked, one whose certificate has expired. Exits with 1 if a
 * promise was broken.
 */
import { playFleet } from "./demo/fleet/play.ts";
import { playOneDevice } from "./demo/one_device/play.ts";
import { brokenPromises, promisesNotShown } from "./demo/story.ts";

const home = await Deno.makeTempDir({ prefix: "certswap-demo-" });
const begin = performance.now();
try {
  console.log(`certswap demo, in ${home}`);
  for (const [name, play] of [["device", playOneDevice], ["fleet", playFleet]] as const) {
    await Deno.mkdir(`${home}/${name}`);
    await play(`${home}/${name}`);
  }
} finally {
  await Deno.remove(home, { recursive: true });
}
const seconds = ((performance.now() - begin) / 1000).toFixed(1);
console.log(`\n${verdict()}, in ${seconds} s.`);
Deno.exitCode = brokenPromises() === 0 ? 0 : 1;

function verdict(): string {
  const broken = brokenPromises();
  if (broken > 0) return `${broken} promises were broken`;
  const left = promisesNotShown();
  return left === 0
    ? "Every promise was kept"
    : `Every promise was kept, but ${left} were NOT SHOWN`;
}
