import { VERBOSITY } from "@mod-gearman/config";
import { expect, test } from "vitest";
import { createGearmandLogger, isShown } from "../src/gearmand-logger.ts";

const CLOCK = () => new Date(2026, 10, 30, 9, 4, 5, 67);

function logged(verbose: (typeof VERBOSITY)[number]): [line: string, level: string | undefined][] {
  const lines: [string, string | undefined][] = [];
  const sink = {
    write: (line: string, level?: string) => void lines.push([line, level]),
    reopen: () => undefined,
    close: () => undefined,
  };
  const { logger, jobLogger, bareNotice } = createGearmandLogger(verbose, sink, CLOCK);
  logger.error("e");
  logger.warn("w");
  jobLogger.info("accepted,f,u,0");
  logger.info("i\n\x1b");
  logger.debug("d");
  logger.trace("t");
  bareNotice("SIGHUP, reopening log file");
  return lines;
}

const DAY = "2026-11-30 09:04:05";
const BARE = [" NOTICE SIGHUP, reopening log file", "notice"];
const LINES = [
  [`  ERROR ${DAY}.000000 [  main ] e`, "error"],
  [`WARNING ${DAY}.000000 [  main ] w`, "warn"],
  [` NOTICE ${DAY}.000000 [  main ] accepted,f,u,0`, "notice"],
  [`   INFO ${DAY}.000000 [  main ] i\\n\\x1b`, "info"],
];

// the lines as gearmand 1.1.20 writes them (measured), its "-> file:line" left out
test.for([
  ["FATAL", 0],
  ["ALERT", 0],
  ["CRITICAL", 0],
  ["ERROR", 1],
  ["WARNING", 2],
  ["NOTICE", 3],
  ["INFO", 4],
] as const)("--verbose=%s shows %i of its lines", ([verbose, count]) =>
  expect(logged(verbose)).toEqual([...LINES.slice(0, count), BARE]),
);

test("--verbose=DEBUG logs everything, with microseconds", () =>
  expect(logged("DEBUG").map(([line]) => line)).toEqual([
    ...LINES.map(([line = ""]) => line.replace(".000000", ".067000")),
    `  DEBUG ${DAY}.067000 [  main ] d`,
    `  DEBUG ${DAY}.067000 [  main ] t`,
    BARE[0],
  ]));

test("isEnabled is true for logged severities", () => {
  const sink = { write: () => undefined, reopen: () => undefined, close: () => undefined };
  const { logger, jobLogger } = createGearmandLogger("NOTICE", sink);
  expect([logger.isEnabled("info"), jobLogger.isEnabled("info"), logger.isEnabled("warn")]).toEqual([
    false,
    true,
    true,
  ]);
});

test("FATAL, ALERT and CRITICAL are distinct from ERROR", () =>
  expect(VERBOSITY.map((limit) => isShown("ERROR", limit))).toEqual([
    ...[false, false, false],
    ...[true, true, true, true, true],
  ]));
