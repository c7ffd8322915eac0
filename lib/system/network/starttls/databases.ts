/** TLS in the protocols of databases: PostgreSQL and MySQL. */
import { firstLine } from "../tls/mod.ts";
import type { Dialogue } from "./dialogue.ts";

/** Length 8, code 80877103 (PostgreSQL, "Message Formats", SSLRequest). */
const postgresRequest = Uint8Array.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f);

/** Asks a PostgreSQL server to start TLS: it answers with one byte, `S` or `N`. */
export async function startPostgres(dialogue: Dialogue): Promise<void> {
  await dialogue.send(postgresRequest);
  const answer = await dialogue.readBytes(1);
  if (String.fromCharCode(...answer) !== "S") dialogue.refuse(answer);
}

/** Bits of the capabilities in MySQL's protocol ("Capabilities Flags"). */
const capability = { longPassword: 0x1, protocol41: 0x200, ssl: 0x800, secureConnection: 0x8000 };

/** The longest first packet that is read, in bytes. */
const packetLimit = 4096;

/** Reads the greeting of a MySQL server, and asks it to start TLS (Protocol::SSLRequest). */
export async function startMysql(dialogue: Dialogue): Promise<void> {
  const [low = 0, middle = 0, high = 0, number = 0] = await dialogue.readBytes(4);
  const length = low + middle * 256 + high * 65536;
  if (number !== 0 || length > packetLimit) dialogue.refuse("a greeting that is not MySQL's");
  const packet = await dialogue.readBytes(length);
  // An error packet: its number in two bytes, and its text (Protocol::ERR_Packet).
  if (packet[0] === 0xff) dialogue.refuse(firstLine(packet.subarray(3)));
  // Protocol::HandshakeV10: its version, the server's version up to a zero, 4 bytes of a number, 8 of a
  // challenge, a zero, then the lower half of the capabilities.
  const at = packet.indexOf(0, 1) + 1 + 4 + 8 + 1;
  if (packet[0] !== 10 || at + 2 > packet.length) {
    dialogue.refuse("a greeting that is not MySQL's");
  }
  const capabilities = (packet[at] ?? 0) + (packet[at + 1] ?? 0) * 256;
  if ((capabilities & capability.ssl) === 0) dialogue.refuse("a greeting that does not offer TLS");
  const request = new DataView(new ArrayBuffer(4 + 32));
  request.setUint32(0, 32, true);
  request.setUint8(3, 1);
  const { longPassword, protocol41, ssl, secureConnection } = capability;
  request.setUint32(4, longPassword | protocol41 | ssl | secureConnection, true);
  request.setUint32(8, 2 ** 24, true);
  request.setUint8(12, 33);
  await dialogue.send(new Uint8Array(request.buffer));
}
