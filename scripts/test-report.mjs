// Vitest reporter for check.mjs: writes counts, skipped tests with reasons, and all failures to the file
// named by TEST_REPORT. Unlike vitest's own JSON it contains failures outside of a test too: hooks, files,
// unhandled errors.
import { writeFileSync } from "node:fs";

const MAX_LINES = 8;
const MAX_CHARACTERS = 1000;

/** Message, causes, and positions in our own files. */
const textOf = ({ message, stack, cause }) =>
  `${stack ?? message ?? "it said nothing"}${cause === undefined ? "" : `\ncaused by ${textOf(cause)}`}`;

/** Position and the first lines of the message. */
function describe(where, errors) {
  const lines = errors.map(textOf).join("\n").split("\n");
  const ours = lines.filter((line) => !/^\s+at .*(node_modules|node:)/.test(line));
  return `${where}\n    ${ours.slice(0, MAX_LINES).join("\n    ").slice(0, MAX_CHARACTERS)}`;
}

/** Package and file. */
const fileOf = ({ project, relativeModuleId }) => `${project.name} ${relativeModuleId}`.trimStart();

/** Errors of a file outside its tests: its import, its hooks, its describe blocks. */
function* failuresAround(testModule) {
  const suites = [testModule, ...testModule.children.allSuites()];
  for (const suite of suites) {
    const errors = suite.errors();
    if (errors.length > 0) yield describe(`${fileOf(testModule)}: ${suite.fullName ?? "the file"}`, errors);
  }
}

export default class TestReport {
  onTestRunEnd(testModules, unhandledErrors) {
    const report = { passed: 0, skipped: [], failures: [] };
    for (const testModule of testModules) {
      report.failures.push(...failuresAround(testModule));
      for (const test of testModule.children.allTests()) {
        const { state, errors = [], note } = test.result();
        if (state === "passed") report.passed += 1;
        else if (state === "failed")
          report.failures.push(describe(`${fileOf(testModule)}: ${test.fullName}`, errors));
        else report.skipped.push({ name: test.fullName, why: test.meta().whyNot ?? note });
      }
    }
    for (const error of unhandledErrors) report.failures.push(describe("outside of all tests", [error]));
    writeFileSync(process.env.TEST_REPORT, JSON.stringify(report));
  }
}
