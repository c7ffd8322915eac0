/** STARTTLS: the protocols in which a client asks for TLS after it has connected. */
import { TlsConnectionError } from "../../errors.ts";
import type { StartTls } from "../sight.ts";
import { recognizeOther } from "../tls/mod.ts";
import { startMysql, startPostgres } from "./databases.ts";
import { type Channel, Dialogue } from "./dialogue.ts";
import { startLdap } from "./ldap.ts";
import { startFtp, startImap, startPop3, startSmtp } from "./mail.ts";
import { startXmpp } from "./xmpp.ts";

const dialogues: Readonly<
  Record<StartTls, (dialogue: Dialogue, name: string) => Promise<void>>
> = {
  smtp: startSmtp,
  imap: startImap,
  pop3: startPop3,
  ldap: startLdap,
  postgres: startPostgres,
  mysql: startMysql,
  ftp: startFtp,
  xmpp: startXmpp,
};

/**
 * Has a server start TLS on a connection: the next bytes are those of the handshake.
 *
 * @throws TlsConnectionError with the reason `starttls` and what the server said, if it does not; or with
 * `time-limit`. `banner` is what it speaks, if that is known.
 */
export async function startTls(connection: Channel, protocol: StartTls): Promise<void> {
  const { host, serverName = host } = connection.endpoint;
  const dialogue = new Dialogue(connection);
  try {
    await dialogues[protocol](dialogue, serverName);
    dialogue.finish();
  } catch (cause) {
    if (!(cause instanceof TlsConnectionError)) throw cause;
    const { reason, said } = cause;
    const banner = recognizeOther(dialogue.heard, protocol);
    throw new TlsConnectionError(connection.endpoint, reason, { said, banner, cause });
  }
}
