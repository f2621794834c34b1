import type { FullMeta } from "../src/option-row.ts";
import { optionsOf } from "../src/program.ts";
import { gearmandSchema } from "../src/schemas/gearmand.ts";
import { moduleSchema } from "../src/schemas/module.ts";
import { sendGearmanSchema } from "../src/schemas/sender.ts";
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
  /** The file holds words of a command line. */
  readonly dashes?: boolean;
}

const KEYFILE = "/etc/mod-gearman/secret.key";
const WIDTH = 78;

const samples: readonly Sample[] = [
  {
    name: "etc/worker.conf",
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
    name: "etc/module.conf",
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
  {
    name: "examples/gearmand.conf",
    schema: gearmandSchema,
    intro: [
      "Options of gearmand, for --config-file or /etc/gearmand.conf, see gearmand(8).",
      "The words of a command line; all have a # in front and their default behind the =.",
      "Check this file: gearmand --check-config --config-file=/etc/gearmand.conf",
    ],
    set: {},
    without: ["config-file"],
    dashes: true,
  },
  {
    name: "examples/send_gearman.conf",
    schema: sendGearmanSchema,
    intro: [
      "Settings of send_gearman, for --config, see send_gearman(1).",
      "Options that are not set have a # in front and their default behind the =.",
    ],
    set: { server: "localhost:4730" },
    without: ["config"],
  },
];

/** The configuration files below packaging/etc and packaging/examples: every option with its meaning, those that are not set as comments. */
export function sampleFiles(): GeneratedFile[] {
  return samples.map((sample) => ({ name: sample.name, text: textOf(sample) }));
}

function textOf({ schema, intro, set, without, dashes = false }: Sample): string {
  const options = optionsOf(tableOf(schema)).filter(
    ({ option, meta }) => !(without.includes(option) || meta.moduleLineOnly === true || meta.hidden),
  );
  const parts = options.map(({ option, meta }) => {
    const word = `${dashes ? "--" : ""}${option}${valueText(meta, set[option])}`;
    return [...notesOf(meta, set[option]), set[option] === undefined ? `#${word}` : word];
  });
  return `${[intro.map((line) => `# ${line}`), ...parts].map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** True for a default that can be written into the file. */
const isPlain = ({ default: initial }: FullMeta) => initial !== "none" && !initial.includes(" ");

/** Comments above an option; a default that the line itself shows is not repeated. */
function notesOf(meta: FullMeta, set: string | undefined): string[] {
  const isShown = set === undefined && isPlain(meta);
  const initial = meta.default === "none" || isShown ? [] : comment(`Default: ${meta.default}`);
  return [...comment(meta.help), ...initial];
}

/** `=value`: the one that is set, else the default, or a placeholder; empty for a switch. */
function valueText(meta: FullMeta, set: string | undefined): string {
  if (set === undefined && meta.argument === "") return "";
  return `=${set ?? (isPlain(meta) ? meta.default : meta.argument)}`;
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
