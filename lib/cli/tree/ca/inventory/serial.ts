/** `certswap ca serial`: its documentation, flags and permissions. */
import {
  command,
  dataDirectoryFlag,
  jsonFlag,
  lockTimeoutFlag,
  serialNumberFlag,
} from "../../../declaration/mod.ts";
import { changesCa } from "../../needs.ts";

/** `certswap ca serial`. */
export const serial = /* @__PURE__ */ command({
  documentation: {
    usage: "[--raise-to SERIAL] [FLAGS]",
    brief: "Show or raise the next serial number",
    description: [
      "Shows the serial number that the next certificate gets, and the highest one in use.",
      "--raise-to sets the next serial number, if the counter is lower. It never lowers it. Use it after " +
      "restoring a backup, with a number above every serial number that was ever issued.",
      "With random serial numbers there is no counter, and nothing to raise.",
    ],
    examples: [
      { input: "certswap ca serial", does: "Show the next serial number" },
      {
        input: "certswap ca serial --raise-to 1f4",
        does: "If the highest serial number ever " +
          "issued is 1f3",
      },
    ],
  },
  parameters: {
    flags: {
      ...dataDirectoryFlag,
      raiseTo: serialNumberFlag("The serial number of the next certificate, in hexadecimal"),
      ...lockTimeoutFlag,
      ...jsonFlag,
    },
  },
  needs: changesCa,
  onlyLooks: ({ raiseTo }) => raiseTo === undefined,
  load: () => import("../../../commands/ca/inventory/serial.ts"),
});
