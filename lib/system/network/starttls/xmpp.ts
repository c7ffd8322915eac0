/** STARTTLS in XMPP (RFC 6120 section 5). */
import type { Dialogue } from "./dialogue.ts";

const namespace = "urn:ietf:params:xml:ns:xmpp-tls";

/**
 * Opens a stream as a client and asks for TLS. The server's answer is not parsed as XML, but searched for the
 * few elements that can occur.
 *
 * @param name the domain that the stream is for.
 */
export async function startXmpp(dialogue: Dialogue, name: string): Promise<void> {
  const header = `<?xml version='1.0'?><stream:stream to='${escapeAttribute(name)}' ` +
    "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
  await dialogue.send(new TextEncoder().encode(header));
  let stream = await dialogue.readThrough(">");
  if (stream.startsWith("<?xml")) stream = await dialogue.readThrough(">");
  if (!stream.trimStart().startsWith("<stream:stream")) dialogue.refuse(stream);
  await features(dialogue);
  await dialogue.send(new TextEncoder().encode(`<starttls xmlns='${namespace}'/>`));
  const answer = await dialogue.readThrough(">");
  if (!answer.trimStart().startsWith("<proceed")) dialogue.refuse(answer);
  if (!answer.endsWith("/>")) await dialogue.readThrough("</proceed>");
}

/** Reads the stream's features, which must include TLS. */
async function features(dialogue: Dialogue): Promise<void> {
  const begin = await dialogue.readThrough(">");
  // Anything else is a stream error (RFC 6120 section 4.9).
  if (!begin.trimStart().startsWith("<stream:features")) dialogue.refuse(begin);
  const offered = begin.endsWith("/>") ? "" : await dialogue.readThrough("</stream:features>");
  if (!offered.includes(namespace)) dialogue.refuse("stream features without TLS");
}

function escapeAttribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("'", "&apos;");
}
