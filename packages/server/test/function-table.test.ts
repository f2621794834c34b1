import { ManualClock } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { FunctionTable } from "../src/core/function-table.ts";
import { IdleFunctions } from "../src/core/idle-functions.ts";
import { LimitRules } from "../src/core/queue-limits.ts";
import { finish, peer, queues, request } from "./jobs.ts";

const namesOf = (table: FunctionTable) => [...table].map((one) => one.name);

function tableWith(...names: readonly string[]): FunctionTable {
  const table = new FunctionTable(10, new LimitRules([]));
  for (const name of names) table.findOrCreate(name);
  return table;
}

test("drop removes the exact name, else the lower case one, else the oldest in any case", () => {
  const table = tableWith("ab", "Ab", "AB", "other");
  expect([table.drop("AB"), namesOf(table)]).toEqual(["dropped", ["ab", "Ab", "other"]]);
  expect([table.drop("aB"), namesOf(table)]).toEqual(["dropped", ["Ab", "other"]]);
  expect([table.drop("aB"), namesOf(table)]).toEqual(["dropped", ["other"]]);
  expect(table.drop("aB")).toBe("unknown");
  table.findOrCreate("Ab");
  expect(table.drop("ab")).toBe("dropped");
});

test("drop folds ASCII letters only, names are bytes", () => {
  const table = tableWith("\xc4");
  expect([table.drop("\xe4"), table.drop("\xc4")]).toEqual(["unknown", "dropped"]);
});

test("a function above the limit is not created, existing ones are found", () => {
  const table = new FunctionTable(2, new LimitRules([]));
  const first = table.findOrCreate("a");
  table.findOrCreate("b");
  expect([table.findOrCreate("c"), table.findOrCreate("a"), table.size]).toEqual([undefined, first, 2]);
  table.drop("b");
  expect(table.findOrCreate("c")?.name).toBe("c");
});

test("functions without use are dropped; those with jobs, workers or limits are not", () => {
  const clock = new ManualClock();
  const { queues: all } = queues();
  const [client, worker] = [peer(1), peer(2)];
  const idle = new IdleFunctions(all.functions, clock, { afterMs: 4000, pursue: finish });
  idle.start();
  all.submit(request({ function: "waiting" }), client);
  all.canDo(worker, "served", 0);
  all.functionFor("limited")?.setLimits([1, 1, 1]);
  all.functionFor("used now and then");
  all.functionFor("unused");
  for (let second = 0; second < 5; second++) {
    clock.tick(1000);
    all.functions.find("used now and then");
  }
  expect(namesOf(all.functions)).toEqual(["waiting", "served", "limited", "used now and then"]);
  finish(all.disconnect(worker));
  all.functionFor("limited")?.setLimits([0, 0, 0]);
  clock.tick(6000);
  expect(namesOf(all.functions)).toEqual(["waiting"]);
  idle.close();
  expect(clock.pending).toBe(0);
});
