import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { capturedInput, loadVectors, type SenderCapture, type SenderCaptures } from "@mod-gearman/testkit";

/** All runs, and the files they read. */
export const captures: SenderCaptures = loadVectors<SenderCaptures>("send_multi");

/** Write the files of the captures into `folder`. */
export function writeFiles(folder: string): void {
  for (const [name, text] of Object.entries(captures.files)) writeFileSync(join(folder, name), text);
}

/** A report of one child. */
function childOf(output: string): string {
  const head = `<CHILD><no>1</no><name>svc1</name><rc>0</rc><runtime>0.5</runtime><output>${output}</output>`;
  return `${head}<error></error><pplugin>check_x</pplugin></CHILD>\n`;
}

/** What a run read from standard input; one that the file holds as length and hash is a report of one child. */
export function inputOf(capture: SenderCapture): Buffer {
  const outputBytes = (capture.stdinLength ?? 0) - childOf("").length;
  return capturedInput(capture, Buffer.from(childOf("x".repeat(Math.max(0, outputBytes)))));
}
