/** `certswap ca requests`: prints the requests that wait for a person. */
import { listRequests } from "../../../../ca/enrol/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  type DataDirectoryFlags,
} from "../../../declaration/mod.ts";
import type { Outcome } from "../../../print/mod.ts";
import { table, visible } from "../../../text.ts";
import type { World } from "../../../world.ts";

/** The flags of `certswap ca requests`. */
export interface RequestsFlags extends DataDirectoryFlags, CommonFlags {}

/** How many digits of an id are shown: they are enough to name a request. */
const shownDigits = 16;

/** `certswap ca requests`. */
export default async function requests(world: World, flags: RequestsFlags): Promise<Outcome> {
  const location = { dataDirectory: dataDirectory(world, flags) };
  const found = await listRequests(world.system, location);
  return {
    json: {
      requests: found.map(({ request: _request, decision, ...request }) => ({
        ...request,
        decision: decision?.is,
        decidedBy: decision?.by,
        serial: decision?.serial,
      })),
    },
    lines: found.length === 0 ? ["No requests."] : table(
      [{ title: "ID" }, { title: "STATUS" }, { title: "RECEIVED" }, { title: "FROM" }, {
        title: "SUBJECT",
      }, { title: "NAMES" }],
      found.map(({ id, decision, received, client, subject, names }) => [
        id.slice(0, shownDigits),
        decision?.is ?? "waiting",
        received,
        visible(client),
        visible(subject),
        visible(names.join(", ")),
      ]),
    ),
  };
}
