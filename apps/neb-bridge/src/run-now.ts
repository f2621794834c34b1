import { closeSync, constants, fstatSync, writeSync } from "node:fs";
import { openFile, reasonOf } from "@mod-gearman/base";
import { ActionRefused, type Perform } from "@mod-gearman/site-page";

/** A name that ends its field or its line would be another command. */
const CONTROLS = /[;\p{Cc}]/u;

/**
 * Asks the core for a run of a check now, by its command file; the core applies the result as of any run.
 *
 * @param commandFile a FIFO that the core reads
 * @param nowSeconds since 1970
 */
export function runNow(commandFile: string, nowSeconds: () => number): Perform {
  return ({ host = "", service = "" }) => {
    if (host === "" || CONTROLS.test(host + service))
      throw new ActionRefused("a host is needed, and names without semicolons and control characters");
    const second = nowSeconds();
    const command =
      service === "" ? `SCHEDULE_FORCED_HOST_CHECK;${host}` : `SCHEDULE_FORCED_SVC_CHECK;${host};${service}`;
    try {
      writeLine(commandFile, `[${second}] ${command};${second}\n`);
    } catch (error) {
      throw new ActionRefused(`the core does not take commands at ${commandFile}: ${reasonOf(error)}`);
    }
    return `The core was asked to check ${host}${service === "" ? "" : ` ${service}`} now.`;
  };
}

/** One write of less than PIPE_BUF bytes, so that it is not mixed with others; never waits. A core never sees what is in a file. */
function writeLine(path: string, line: string): void {
  const fd = openFile(path, constants.O_WRONLY, { links: "follow", also: ["FIFO"] });
  try {
    if (!fstatSync(fd).isFIFO()) throw new Error("it is no named pipe");
    writeSync(fd, line);
  } finally {
    closeSync(fd);
  }
}
