/**
 * `deno task soak [SECONDS]`: simulated devices enrol with a served CA, renew and are revoked, for ten
 * minutes or as long as is said. Fails if the server answers wrongly, or if its memory keeps growing.
 */
import { soak } from "../tests/support/soak.ts";

const [given = "600"] = Deno.args;
if (!/^[1-9]\d{0,5}$/.test(given)) {
  console.error(`Error: '${given}' is not a number of seconds`);
  Deno.exit(2);
}
const { enrolments, renewals, revocations, memory } = await soak({
  seconds: Number(given),
  devices: 200,
});
const counts = `${enrolments} enrolments, ${renewals} renewals, ${revocations} revocations`;
console.log(`${counts}; ${memory.map((each) => `${each.toFixed(0)} MB`).join(", ")}`);
