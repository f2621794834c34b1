import {
  checkGearmanEnvironment,
  doctorEnvironment,
  ENVIRONMENT_PREFIX,
  type EnvironmentRules,
  enrollEnvironment,
  gearmandEnvironment,
  moduleEnvironment,
  queueEnvironment,
  runEnvironment,
  sendGearmanEnvironment,
  sendMultiEnvironment,
  topEnvironment,
  traceEnvironment,
  VariableNames,
  workerEnvironment,
} from "../src/environment-rules.ts";
import type { OptionTable } from "../src/option-row.ts";
import { checkGearmanSchema } from "../src/schemas/check-gearman.ts";
import { doctorSchema } from "../src/schemas/doctor.ts";
import { enrollSchema } from "../src/schemas/enroll.ts";
import { gearmandSchema } from "../src/schemas/gearmand.ts";
import { moduleSchema } from "../src/schemas/module.ts";
import { queueSchema } from "../src/schemas/queue.ts";
import { runSchema } from "../src/schemas/run.ts";
import { sendGearmanSchema, sendMultiSchema } from "../src/schemas/sender.ts";
import { topSchema } from "../src/schemas/top.ts";
import { traceSchema } from "../src/schemas/trace.ts";
import { workerSchema } from "../src/schemas/worker.ts";
import type { Row } from "./manuals/manual.ts";
import { tableOf } from "./programs.ts";

interface Reader {
  readonly program: string;
  readonly table: OptionTable;
  readonly rules: EnvironmentRules;
}

const readers: readonly Reader[] = [
  { program: "worker", table: tableOf(workerSchema), rules: workerEnvironment },
  { program: "module", table: tableOf(moduleSchema), rules: moduleEnvironment },
  { program: "gearmand", table: tableOf(gearmandSchema), rules: gearmandEnvironment },
  { program: "send_gearman", table: tableOf(sendGearmanSchema), rules: sendGearmanEnvironment },
  { program: "send_multi", table: tableOf(sendMultiSchema), rules: sendMultiEnvironment },
  { program: "check_gearman", table: tableOf(checkGearmanSchema), rules: checkGearmanEnvironment },
  { program: "gearman_top", table: tableOf(topSchema), rules: topEnvironment },
  { program: "mod_gearman_doctor", table: tableOf(doctorSchema), rules: doctorEnvironment },
  { program: "mod_gearman_trace", table: tableOf(traceSchema), rules: traceEnvironment },
  { program: "mod_gearman_queue", table: tableOf(queueSchema), rules: queueEnvironment },
  { program: "mod_gearman_run", table: tableOf(runSchema), rules: runEnvironment },
  { program: "mod_gearman_enroll", table: tableOf(enrollSchema), rules: enrollEnvironment },
];

export const ENVIRONMENT_INTRO = [
  "Every option is read from an environment variable too: `MOD_GEARMAN_` and its name in upper case, with `_` for `-`. It replaces what configuration files say (for the module also what the `broker_module` line says) and is replaced by the command line. `--check-config` shows where a value comes from, for example `environment MOD_GEARMAN_SERVER`.",
  "`MOD_GEARMAN_<OPTION>_FILE` names a file with the value, without the line feeds at its end; `MOD_GEARMAN_KEY_FILE` is the key file. Several values of one option are separated by `;`, or by line feeds if there are any; where the option takes a list with commas, commas do as well. A switch needs yes or no. An empty variable sets nothing, except that an empty key is an empty key: it never means to send in clear text. One of an option that protects (identities, envelope, run_as, restrict_path, TLS, listeners and their rights) is an error where no file and no argument sets it.",
  "Variables with the name of a program (`MOD_GEARMAN_WORKER_`, `MOD_GEARMAN_MODULE_`, `MOD_GEARMAN_GEARMAND_`, `MOD_GEARMAN_SEND_GEARMAN_`, …) are for that program alone and win over the others, so that all containers may share one file of variables. The tools read only server, TLS, key and encryption from variables without their name: they are started as plugins and by scripts, and should not change because of a variable for another program. `MOD_GEARMAN_GEARMAN_SERVER` is another name for `MOD_GEARMAN_SERVER`, as in the compose file of openITCOCKPIT.",
  "`--check-config` warns about a name that no program reads, with the names most like it. Variables that Kubernetes and Docker set for a service named `mod-gearman…` (`…_SERVICE_HOST`, `…_PORT=tcp://…`) are no settings. The worker removes all variables that begin with `MOD_GEARMAN_` from the environment of its plugins.",
];

/** Each variable with the programs that read it, Markdown, header included. */
export function environmentTable(): string[] {
  const programs = new Map<string, string[]>();
  for (const { program, table, rules } of readers)
    for (const name of new VariableNames(withoutAliases(table), rules).list())
      programs.set(name, [...(programs.get(name) ?? []), program]);
  const rows = [...programs].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    "| Variable | Read by |",
    "| --- | --- |",
    ...rows.map(([name, by]) => `| \`${name}\` | ${by.join(", ")} |`),
  ];
}

/** The server of tools is called `host` there, which is no name for all programs. */
function withoutAliases(table: OptionTable): OptionTable {
  return Object.fromEntries(
    Object.entries(table).map(([option, { aliases = [], ...row }]) => [
      option === "host" && aliases.includes("server") ? "server" : option,
      row,
    ]),
  );
}

/** Rows of a man page. */
export function environmentRows({ scope, shared }: EnvironmentRules): Row[] {
  const own = `${ENVIRONMENT_PREFIX}${scope.toUpperCase()}<OPTION>`;
  const named = (names: readonly string[]) =>
    names.map((name) => `\`${ENVIRONMENT_PREFIX}${name.toUpperCase()}\``).join(", ");
  const general: Row =
    shared === undefined
      ? [
          `${ENVIRONMENT_PREFIX}<OPTION>`,
          "The option in upper case, with `_` for `-`; before the command line, after configuration files.",
        ]
      : [
          own,
          `The option in upper case, with \`_\` for \`-\`. Without the name of the program: ${named(shared)}.`,
        ];
  const scoped: Row[] = shared === undefined ? [[own, "The same, for this program only."]] : [];
  return [
    general,
    ...scoped,
    [`${general[0]}_FILE`, "A file with the value. Lists are separated by `;` or line feeds."],
  ];
}
