// Format of the C, C++ and Perl sources: clang-format and perltidy in the versions of Debian 12, since others format
// differently. With --write the files are formatted, else compared. Without these versions files are skipped, which CI
// counts as a failure.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const write = process.argv.includes("--write");
/** Written by native/neb/scripts/generate-abi.ts, which has its own tests. */
const GENERATED = /\/abi_(?:fields|tables)\.[ch]$/;

const formatters = [
  {
    command: "clang-format",
    version: /^Debian clang-format version 14\./,
    sources: /\.(?:c|h|cc)$/,
    print: (file) => ["--style=file", file],
    change: (file) => ["--style=file", "-i", file],
  },
  {
    command: "perltidy",
    version: /\bv20220613\b/,
    sources: /\.p[lm]$/,
    print: (file) => ["--profile=native/epn/.perltidyrc", "--standard-output", file],
    change: (file) => [
      "--profile=native/epn/.perltidyrc",
      "--backup-and-modify-in-place",
      "--backup-file-extension=/",
      file,
    ],
  },
];

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  return { status, stdout: stdout ?? "", why: error?.message ?? stderr };
}

/** Paths below the root. */
const files = ["apps", "bench", "e2e", "native", "packages"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .map((name) => join(folder, name))
    .filter((name) => !/(?:^|\/)(?:node_modules|build|dist|prebuilds)\//.test(name) && !GENERATED.test(name)),
);

let passed = 0;
let failed = 0;
for (const { command, version, sources, print, change } of formatters) {
  if (!version.test(run(command, ["--version"]).stdout)) {
    process.stdout.write(`skip format of ${sources.source} # SKIP no ${command} of Debian 12\n`);
    continue;
  }
  for (const file of files.filter((name) => sources.test(name))) {
    const { status, stdout, why } = run(command, (write ? change : print)(file));
    if (status === 0 && (write || stdout === readFileSync(join(root, file), "utf8"))) {
      passed += 1;
      continue;
    }
    failed += 1;
    process.stdout.write(`not ok ${file}: ${status === 0 ? "not formatted" : why}\n`);
  }
}
process.stdout.write(`native: ${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
