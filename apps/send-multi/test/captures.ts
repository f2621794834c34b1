import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { capturedInput, loadVectors, type SenderCapture, type SenderCaptures } from "@mod-gearman/testkit";

/** All runs, and the files they read. */
export const captures: SenderCaptures = loadVectors<SenderCaptures>("send_multi");

/** Writes the files of the captures into `folder`. */
export function writeFiles(folder: string): void {
  for (const [name, text] of Object.entries(captures.files)) writeFileSync(join(folder, name), text);
}

/** A report of one child. */
function childOf(output: string): string {
  const head = `<CHILD><no>1</no><name>svc1</name><rc>0</rc><runtime>0.5</runtime><output>${output}</output>`;
  return `${head}<error></error><pplugin>check_x</pplugin></CHILD>\n`;
}

/**
 * Standard input of a run; input that the vectors contain as length and hash only is replaced by a report of one child.
 */
export function inputOf(capture: SenderCapture): Buffer {
  const outputBytes = (capture.stdinLength ?? 0) - childOf("").length;
  return capturedInput(capture, Buffer.from(childOf("x".repeat(Math.max(0, outputBytes)))));
}
