/**
 * Checks the two rules of the rooms: imports point one way, and nothing outside `lib/system` reaches the
 * world by itself.
 */

/** What each room of lib/ may import, itself aside. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  system: [],
  transaction: ["system"],
  x509: ["system"],
  ca: ["transaction", "x509", "system"],
  device: ["transaction", "x509", "system"],
  cli: ["device", "ca", "transaction", "x509", "system"],
};

/** The one place where the device meets the CA: the issuer that signs with a local CA directory. */
const meetingPlace = "lib/device/issuer/local.ts";

const problems: string[] = [];
for (const room of Object.keys(mayImport)) await checkRoom(`lib/${room}`, room);
for (const problem of problems) console.error(problem);
console.log(`rooms: ${problems.length} problems`);
Deno.exitCode = problems.length === 0 ? 0 : 1;

async function checkRoom(directory: string, room: string): Promise<void> {
  for await (const entry of Deno.readDir(directory)) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) await checkRoom(path, room);
    else checkFile(path, room, await Deno.readTextFile(path));
  }
}

function checkFile(path: string, room: string, text: string): void {
  for (const [, specifier = ""] of text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
    checkImport(path, room, specifier);
  }
  const code = text.replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, "");
  const reaches = /\bDeno\.|\bglobalThis\.process\b|\bDate\.now\(|\bnew Date\(\)|\bfetch\(/.exec(
    code,
  );
  if (room !== "system" && reaches) problems.push(`${path}: ${reaches[0]} belongs into lib/system`);
}

function checkImport(path: string, room: string, specifier: string): void {
  if (specifier.startsWith("node:") && room !== "system" && specifier !== "node:crypto") {
    problems.push(`${path}: ${specifier} belongs into lib/system`);
  }
  const target = /^\.\.?\//.test(specifier) ? new URL(specifier, `file:///${path}`).pathname : "";
  const other = /^\/lib\/(?<room>[a-z0-9]+)\//.exec(target)?.groups?.["room"];
  if (other === undefined || other === room || mayImport[room]?.includes(other)) return;
  if (path === meetingPlace && other === "ca") return;
  problems.push(`${path}: ${room} must not import ${other}`);
}
