import { bridgeSchema } from "../src/bridge.ts";
import { gearmandSchema } from "../src/gearmand.ts";
import { moduleSchema } from "../src/module.ts";
import type { OptionSchema } from "../src/program.ts";
import { workerSchema } from "../src/worker.ts";
import { optionTable } from "./option-table.ts";

type ProgramName = "module" | "worker" | "gearmand" | "bridge";

const SCHEMAS: Record<ProgramName, OptionSchema> = {
  module: moduleSchema,
  worker: workerSchema,
  gearmand: gearmandSchema,
  bridge: bridgeSchema,
};

const INTRO: Record<ProgramName, string> = {
  module: `# Options of the broker module and its bridge

Given as \`key=value\` on the core's \`broker_module=\` line, separated by single blanks, or in a file named there with
\`config=\`. In a file \`#\` starts a comment wherever it stands, also inside a value. Keys may be written in any case
and with \`-\` for \`_\`. Options are taken from left to right, files at the place where they are named; relative paths
start at the folder of the file that holds them. A switch without a value, or with a word that is neither yes nor
no, is on (\`perfdata_send_all\`: off). Problems with single options are warned about and never stop the core.

If none of \`hosts\`, \`services\`, \`eventhandler\`, \`notifications\`, \`perfdata\`, \`hostgroups\` and \`servicegroups\` is
given, hosts, services and event handlers are distributed. Giving any of them, even with \`no\`, ends that default.
`,
  worker: `# Options of mod_gearman_worker

Given as \`--key=value\` or in a file named with \`--config=\`. In a file only lines that begin with \`#\` are comments, so
values may hold one. Keys may be written in any case and with \`-\` for \`_\`. Options are taken from left to right, files
at the place where they are named. A switch without a value is on; a word that is neither yes nor no counts as no. A
number that is none is an error. Keys of the module are accepted and ignored, so that one file can serve both.
`,
  gearmand: `# Options of gearmand

Given as \`--name=value\`, \`--name value\`, or by letter, on the command line or in the configuration file, whose words
are command line options; \`#\` starts a comment there. The command line wins. \`GEARMAND_PORT\` replaces the default
port; \`GEARMAND_CA_CERTIFICATE\`, \`GEARMAND_SERVER_PEM\` and \`GEARMAND_SERVER_KEY\` replace the TLS files.
`,
  bridge: `# Arguments of mod_gearman_bridge

Given as \`--key=value\`. Every other argument is an [option of the module](module.md) and wins over what the
module line and its files say about that option. With a \`bridge_socket=\` in such a file the bridge runs as a service.
`,
};

/** The generated documents: file name below docs/options, and text. */
export function documents(): { name: string; text: string }[] {
  const programs: ProgramName[] = ["module", "worker", "gearmand", "bridge"];
  return programs.map((program) => ({
    name: `${program}.md`,
    text: `${INTRO[program]}\n${optionTable(SCHEMAS[program]).join("\n")}\n\nGenerated from the schema in packages/config; do not edit.\n`,
  }));
}
