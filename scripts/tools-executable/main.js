// Entry of the tools as one executable. Which of them it is, the name says that it is started by, as with the links of a
// package. Each is loaded only when it is asked for.
import { readFileSync } from "node:fs";

const tools = {
  send_gearman: () => import("../../apps/send-gearman/src/main.ts"),
  send_multi: () => import("../../apps/send-multi/src/main.ts"),
  check_gearman: () => import("../../apps/check-gearman/src/main.ts"),
  gearman_top: () => import("../../apps/gearman-top/src/launch.ts"),
};

/** The runtime does not tell the name of the link. */
const [path = ""] = readFileSync("/proc/self/cmdline", "latin1").split("\0", 1);
const name = path.slice(path.lastIndexOf("/") + 1);
if (Object.hasOwn(tools, name)) void tools[name]();
else {
  process.stderr.write(`started as ${name}: the name has to be one of ${Object.keys(tools).join(", ")}\n`);
  process.exitCode = 3;
}
