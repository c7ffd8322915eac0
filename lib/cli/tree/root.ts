/** The root of the command tree. */
import { group } from "../command.ts";
import { recover } from "./device.ts";

/** `certswap`. */
export const root = group({
  brief: "Swap a certificate and its key as one",
  description: [
    "Swaps a device's certificate and private key as one: whatever happens meanwhile, the device " +
    "has the old pair or the new one.",
  ],
  routes: { recover },
  sections: [{ title: "A device's pair", commands: ["recover"] }],
  examples: [
    {
      input: "certswap recover --dir /etc/myservice/tls",
      does: "At boot: finish or undo what a crash left",
    },
  ],
  notes: [
    "Exit codes: 0 done or nothing to do; 1 failed, the state is what it was before; 2 the command " +
    "line is wrong; 3 another certswap is at work; 4 a person is needed; 5 changed, but a hook or " +
    "a probe is still owed.",
  ],
});
