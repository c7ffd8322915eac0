/** Prints what the executable says to bad and unusual inputs: `deno task say [EXECUTABLE]`. */
import { sayEverything } from "./say/collection.ts";

let count = 0;
for await (const said of sayEverything(Deno.args[0] ?? "dist/certswap")) {
  const { what, given = "", command, exit, stdout, stderr } = said;
  console.log(`\n=== ${++count}. ${what}`);
  for (const line of given.trim().split("\n")) if (line !== "") console.log(`    ${line}`);
  console.log(`$ ${command}\n${stdout}${stderr}[exit ${exit}]`);
}
console.log(`\n${count} inputs`);
