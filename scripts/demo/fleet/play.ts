/** The second act: a CA with its server, and three devices that enrol and renew over the network. */
import { act, cannotShow, chapter, promise, show, tell } from "../story.ts";
import { type CaServer, dnsName, Fleet, type FleetDevice } from "./fleet.ts";
import { type By, Gate } from "./gate.ts";
import { serialOf } from "./serial.ts";

/** What the chapters of this act share. */
interface Cast {
  readonly fleet: Fleet;
  /** `undefined` if nginx is not installed. */
  readonly gate: Gate | undefined;
}

/** Plays the second act. @param home an empty directory. */
export async function playFleet(home: string): Promise<void> {
  act("A fleet");
  const fleet = new Fleet(home);
  const gate = new Gate(fleet);
  await gate.prepare();
  const cast = { fleet, gate: Gate.isInstalled() ? gate : undefined };

  const stored = await playPast(cast, gate.publish);
  fleet.setClock(0);
  const server = await fleet.serve();
  try {
    await server.event("crl-published");
    await cast.gate?.start();
    const [kept, stolen] = await playEnrolments(cast);
    await playRotations(cast, [kept, stolen]);
    const revoked = await playRevocation(cast, stolen);
    await playReturn(cast, stored);
    await playCrl(cast, stolen, { server, revoked });
    await playCheck(cast);
  } finally {
    await cast.gate?.stop();
    await server.stop();
  }
}

/** A hundred days ago: the CA, and a device that is put into a warehouse. */
async function playPast({ fleet }: Cast, publish: readonly string[]): Promise<FleetDevice> {
  chapter("A hundred days ago: a CA with its server, and the first device");
  fleet.setClock(100);
  show("ca", "init", "--subject", "'CN=Fleet CA'");
  await fleet.prepare(publish);
  show("ca", "serve");
  const server = await fleet.serve();
  tell("(the demo runs these commands with a clock that is a hundred days behind)");
  try {
    const device = await fleet.newDevice("meter-3");
    await enrol(fleet, device);
    tell("meter-3 is switched off and put into a warehouse; its certificate is valid for 90 days");
    return device;
  } finally {
    await server.stop();
  }
}

/** Today: two more devices get their first certificate. */
async function playEnrolments({ fleet, gate }: Cast): Promise<readonly [FleetDevice, FleetDevice]> {
  chapter("Today: two more devices enrol, each with a one-time secret");
  const first = await fleet.newDevice("meter-1");
  const used = await Deno.readTextFile(first.secret);
  await enrol(fleet, first);
  const second = await fleet.newDevice("meter-2");
  await enrol(fleet, second);
  promise("the secret is removed from the device", !exists(first.secret));

  tell("a thief has copied the secret of meter-1, and sends it with another key:");
  const thief = await fleet.newDevice("thief");
  await Deno.writeTextFile(thief.secret, used);
  const refused = await fleet.enroll({ ...thief, name: "meter-1" });
  tell(firstLine(refused.stderr));
  promise("a secret is good for one certificate only", refused.code !== 0);
  promise("and the thief has no certificate", !exists(thief.certificate));
  for (const device of [first, second]) await isAccepted(gate, device);
  return [first, second];
}

async function enrol(fleet: Fleet, device: FleetDevice): Promise<void> {
  show("ca", "token", "create", "--names", dnsName(device.name));
  show("enroll", "--est", `https://localhost:${fleet.ports.est}`, "...", `(on ${device.name})`);
  const { code, stderr } = await fleet.enroll(device);
  if (code !== 0) tell(stderr);
  promise(`${device.name} has its first certificate`, code === 0 && exists(device.certificate));
}

/** The devices renew, with a new key each. */
async function playRotations(
  { fleet, gate }: Cast,
  devices: readonly FleetDevice[],
): Promise<void> {
  chapter("The devices rotate: each renews with its current certificate, and a new key");
  for (const device of devices) {
    const [serial, key] = [await serialOf(device), await Deno.readTextFile(device.key)];
    const quiet = await fleet.rotate(device);
    promise(
      `${device.name}: rotate does nothing while nothing is due`,
      quiet.code === 0 && quiet.stdout === "" && await serialOf(device) === serial,
    );
    show("rotate", "--force", `(on ${device.name})`);
    const { code, stderr } = await fleet.rotate(device, "--force");
    if (code !== 0) tell(stderr);
    const hasNewKey = await Deno.readTextFile(device.key) !== key;
    const renewed = await serialOf(device);
    tell(`the certificate with serial ${serial} is replaced with serial ${renewed}`);
    promise(`${device.name} has renewed`, code === 0 && renewed !== serial && hasNewKey);
    await isAccepted(gate, device);
  }
}

/** One device is stolen. @returns how many certificates were revoked. */
async function playRevocation({ fleet, gate }: Cast, stolen: FleetDevice): Promise<number> {
  chapter("meter-2 is stolen: its certificates are revoked");
  const serials = await activeSerials(fleet, stolen);
  tell(`it has ${serials.length} certificates that have not expired: ${serials.join(", ")}`);
  for (const serial of serials) {
    show("ca", "revoke", "--reason", "keyCompromise", serial);
    const words = ["--data-dir", fleet.ca, "--reason", "keyCompromise"];
    await fleet.certswapOrThrow("ca", "revoke", ...words, serial);
  }
  await isRefused(gate, stolen, "OCSP");
  show("rotate", "--force", "(on meter-2)");
  const { code, stderr } = await fleet.rotate(stolen, "--force");
  tell(firstLine(stderr));
  promise("meter-2 cannot renew", code === 1 && serials.includes(await serialOf(stolen)));
  return serials.length;
}

/** The serial numbers of the certificates that a device could still present. */
async function activeSerials(fleet: Fleet, { name }: FleetDevice): Promise<string[]> {
  const words = ["ca", "list", "--data-dir", fleet.ca, "--active", "--json"];
  const { stdout } = await fleet.certswapOrThrow(...words, "--name", dnsName(name));
  const { certificates } = JSON.parse(stdout) as { certificates: { readonly serial: string }[] };
  return certificates.map(({ serial }) => serial);
}

/** The CRL, which follows within a minute. @param revoked how many certificates it lists. */
async function playCrl({ gate }: Cast, stolen: FleetDevice, { server, revoked }: {
  readonly server: CaServer;
  readonly revoked: number;
}): Promise<void> {
  chapter("The CRL: it follows the revocation within a minute");
  const crl = await server.event("crl-issued", (event) => event["revoked"] === revoked);
  tell(
    `at ${crl["time"]} the server issued CRL number ${
      crl["number"]
    }; it lists ${revoked} certificates`,
  );
  await isRefused(gate, stolen, "CRL");
}

/** The device from the warehouse comes back. */
async function playReturn({ fleet, gate }: Cast, device: FleetDevice): Promise<void> {
  chapter("meter-3 comes back from the warehouse: its certificate expired ten days ago");
  const serial = await serialOf(device);
  if (gate !== undefined) {
    const { status, text } = await gate.ask(device, "CRL");
    tell(`nginx: ${status} ${text}`);
    promise("nginx refuses meter-3", status === 403 && text.includes("expired"));
  }
  tell('ca.toml says expired_grace = "30d", so it can still renew by itself');
  show("rotate", "(on meter-3)");
  const { code, stdout, stderr } = await fleet.rotate(device);
  tell(stdout + stderr);
  promise("meter-3 has renewed by itself", code === 0 && await serialOf(device) !== serial);
  await isAccepted(gate, device);
}

/** What the CA knows in the end. */
async function playCheck({ fleet }: Cast): Promise<void> {
  chapter("What the CA has on record");
  show("ca", "list");
  tell((await fleet.certswapOrThrow("ca", "list", "--data-dir", fleet.ca)).stdout);
  show("ca", "check");
  const { code, stdout, stderr } = await fleet.certswap("ca", "check", "--data-dir", fleet.ca);
  tell(stdout + stderr);
  promise("the CA finds no fault in its own records", code === 0);
}

const neededForGate = "nginx: apt-get install nginx-light";

async function isAccepted(gate: Gate | undefined, device: FleetDevice): Promise<void> {
  if (gate === undefined) {
    cannotShow(`a TLS server accepts ${device.name}`, neededForGate);
    return;
  }
  const answers = await Promise.all([gate.ask(device, "CRL"), gate.ask(device, "OCSP")]);
  const refusals = answers.filter(({ status }) => status !== 200);
  for (const { status, text } of refusals) tell(`nginx: ${status} ${text}`);
  promise(`nginx accepts ${device.name}, by CRL and by OCSP`, refusals.length === 0);
}

async function isRefused(gate: Gate | undefined, device: FleetDevice, by: By): Promise<void> {
  if (gate === undefined) {
    cannotShow(`a TLS server refuses ${device.name} by ${by}`, neededForGate);
    return;
  }
  const { status, text } = await gate.askUntilRefused(device, by);
  tell(`nginx, by ${by}: ${status} ${text}`);
  promise(`nginx refuses ${device.name} by ${by}`, status === 403 && text.includes("revoked"));
}

function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
