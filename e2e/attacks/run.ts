// Attacks on a job server, a core with module and bridge, and a worker, in the legacy form and sealed:
// node --conditions=source e2e/attacks/run.ts [--ours] [--form legacy|v2]
// Needs `pnpm build`, and gearmand unless --ours. Prints what became of each attack; exit code 1: one was not as docs/security.md says.
import { parseArgs } from "node:util";
import { resultAttacks } from "../src/attack-corpus.ts";
import { attack, type Form } from "../src/attacked-site.ts";
import { jobAttacks } from "../src/job-attacks.ts";

const { values } = parseArgs({
  options: { ours: { type: "boolean", default: false }, form: { type: "string" } },
});
const expected = new Map([...resultAttacks, ...jobAttacks].map((one) => [one.name, one]));
let wrong = 0;
for (const form of (values.form === undefined ? ["legacy", "v2"] : [values.form]) as Form[]) {
  const outcomes = await attack(form, values.ours ? "our job server" : "the real gearmand");
  for (const { name, fate, reason } of outcomes) {
    const one = expected.get(name);
    const isRight = form === "v2" ? fate === "refused" && reason === one?.reason : fate === one?.legacyFate;
    if (!isRight) wrong += 1;
    console.log(
      `${isRight ? "     " : "WRONG"} ${form.padEnd(6)} ${fate.padEnd(7)} ${(reason ?? "").padEnd(15)} ${name}`,
    );
  }
  const taken = outcomes.filter(({ fate }) => fate === "taken").length;
  console.log(`${form}: ${taken} of ${outcomes.length} attacks taken`);
}
process.exitCode = wrong === 0 ? 0 : 1;
