/** STARTTLS in line-based protocols: SMTP, FTP, IMAP and POP3. */
import type { Dialogue } from "./dialogue.ts";

/** RFC 3207. */
export async function startSmtp(dialogue: Dialogue): Promise<void> {
  await expectReply(dialogue, ["220"]);
  await dialogue.send(`EHLO ${addressLiteral(dialogue.connection.localAddress)}`);
  await expectReply(dialogue, ["250"]);
  // Asked for even if it is not offered: the server then says in its own words why it refuses.
  await dialogue.send("STARTTLS");
  await expectReply(dialogue, ["220"]);
}

/** RFC 4217 section 4. */
export async function startFtp(dialogue: Dialogue): Promise<void> {
  // 120: the service will be ready soon (RFC 959 section 5.4).
  if (await expectReply(dialogue, ["220", "120"]) === "120") await expectReply(dialogue, ["220"]);
  await dialogue.send("AUTH TLS");
  await expectReply(dialogue, ["234"]);
}

/** RFC 9051 section 6.2.1. A server that considers the client authenticated (PREAUTH) does not start TLS. */
export async function startImap(dialogue: Dialogue): Promise<void> {
  const greeting = await dialogue.readLine();
  if (!/^\* OK\b/i.test(greeting)) dialogue.refuse(greeting);
  await dialogue.send("a1 STARTTLS");
  let answer = await dialogue.readLine();
  while (answer.startsWith("* ")) answer = await dialogue.readLine();
  if (!/^a1 OK\b/i.test(answer)) dialogue.refuse(answer);
}

/** RFC 2595 section 4. */
export async function startPop3(dialogue: Dialogue): Promise<void> {
  for (const command of ["", "STLS"]) {
    if (command !== "") await dialogue.send(command);
    const answer = await dialogue.readLine();
    if (!answer.startsWith("+OK")) dialogue.refuse(answer);
  }
}

/**
 * Reads a reply of one line or several: `220-first`, `220 last` (RFC 5321 section 4.2.1). In FTP the lines
 * between may have no code (RFC 959 section 4.2).
 *
 * @returns its code, which is one of those.
 */
async function expectReply(dialogue: Dialogue, codes: readonly string[]): Promise<string> {
  const first = await dialogue.readLine();
  const code = first.slice(0, 3);
  if (!codes.includes(code)) dialogue.refuse(first);
  let line = first;
  while (line !== code && !line.startsWith(`${code} `)) {
    if (line === first && line[3] !== "-") dialogue.refuse(first);
    line = await dialogue.readLine();
  }
  return code;
}

/** The address literal of a client without a name (RFC 5321 section 4.1.3). */
function addressLiteral(address: string): string {
  return address.includes(":") ? `[IPv6:${address}]` : `[${address}]`;
}
