// Start of the tools as one executable; its entry, with the list of the tools, is made by scripts/tools-executable.mjs.
import { readFileSync } from "node:fs";

/**
 * Starts the tool whose name the executable was started by, as with the links of a package.
 *
 * @param tools command to the function that loads it: each is loaded only when it is asked for
 */
export function start(tools) {
  // the runtime does not tell the name of the link
  const [path = ""] = readFileSync("/proc/self/cmdline", "latin1").split("\0", 1);
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (Object.hasOwn(tools, name)) void tools[name]();
  else {
    process.stderr.write(`started as ${name}: the name has to be one of ${Object.keys(tools).join(", ")}\n`);
    process.exitCode = 3;
  }
}
