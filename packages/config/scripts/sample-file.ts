import { optionsOf } from "../src/program.ts";
import { moduleSchema } from "../src/schemas/module.ts";
import { workerSchema } from "../src/schemas/worker.ts";
import type { GeneratedFile } from "./documents.ts";
import { tableOf } from "./programs.ts";

/** A configuration file of the packages: the lines in effect, and what is said about the file at its top. */
interface Sample {
  readonly name: string;
  readonly schema: Parameters<typeof tableOf>[0];
  readonly intro: readonly string[];
  /** Option to value, for the options that the packages set. */
  readonly set: Readonly<Record<string, string>>;
  /** Options that make no sense in the file. */
  readonly without: readonly string[];
}

const KEYFILE = "/etc/mod-gearman/secret.key";
const WIDTH = 78;

const samples: readonly Sample[] = [
  {
    name: "worker.conf",
    schema: workerSchema,
    intro: [
      "Settings of mod_gearman_worker, see mod_gearman_worker(8).",
      "Options that are not set have a # in front and their default behind the =.",
      "Only lines that begin with # are comments: a value may hold one.",
      "Check this file: mod_gearman_worker --config=/etc/mod-gearman/worker.conf --check-config",
    ],
    set: {
      logfile: "/var/log/mod-gearman/worker.log",
      server: "localhost:4730",
      encryption: "yes",
      keyfile: KEYFILE,
      hosts: "yes",
      services: "yes",
      eventhandler: "yes",
      notifications: "yes",
    },
    without: ["config", "daemon", "pidfile"],
  },
  {
    name: "module.conf",
    schema: moduleSchema,
    intro: [
      "Settings of the broker module and its bridge, see mod_gearman_bridge(8).",
      "Options that are not set have a # in front and their default behind the =.",
      "A # starts a comment wherever it stands.",
      "Check this file: mod_gearman_bridge --check-config --config=/etc/mod-gearman/module.conf",
      "A reload of the core puts changes in force.",
    ],
    set: {
      server: "localhost:4730",
      encryption: "yes",
      keyfile: KEYFILE,
      hosts: "yes",
      services: "yes",
      eventhandler: "yes",
      notifications: "yes",
      queue_custom_variable: "WORKER",
    },
    without: ["config", "bridge_socket"],
  },
];

/** The configuration files below packaging/etc: every option with its meaning, those that are not set as comments. */
export function sampleFiles(): GeneratedFile[] {
  return samples.map((sample) => ({ name: `etc/${sample.name}`, text: textOf(sample) }));
}

function textOf({ schema, intro, set, without }: Sample): string {
  const parts = [intro.map((line) => `# ${line}`).join("\n")];
  for (const { option, meta } of optionsOf(tableOf(schema))) {
    if (without.includes(option) || meta.moduleLineOnly === true) continue;
    const isPlain = meta.default !== "none" && !meta.default.includes(" ");
    const value = set[option];
    const isShown = value === undefined && isPlain;
    const notes = [
      ...comment(meta.help),
      ...(meta.default === "none" || isShown ? [] : comment(`Default: ${meta.default}`)),
    ];
    const line =
      value === undefined ? `#${option}=${isPlain ? meta.default : meta.argument}` : `${option}=${value}`;
    parts.push([...notes, line].join("\n"));
  }
  return `${parts.join("\n\n")}\n`;
}

/** A text as lines of a comment, broken at blanks. */
function comment(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > WIDTH) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
