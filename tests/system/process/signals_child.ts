/**
 * Sends itself signals and prints which ones reached its listener; then dies of the given one, after
 * the listener is gone.
 */
import { denoProcesses } from "../../../lib/system/mod.ts";

if (import.meta.main) {
  const received: string[] = [];
  const stopListening = denoProcesses.onTermination((signal) => received.push(signal));
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    Deno.kill(Deno.pid, signal);
    // Another thread of the runtime takes a signal in, and a busy machine may let it wait.
    for (let tries = 0; !received.includes(signal) && tries < 100_000; tries++) {
      await denoProcesses.deliverSignals();
    }
  }
  console.log(received.join(" "));
  stopListening();
  Deno.kill(Deno.pid, Deno.args[0] as Deno.Signal);
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  console.log("survived");
}
