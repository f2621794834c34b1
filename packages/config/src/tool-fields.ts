import type { ServerAddress } from "@mod-gearman/base";
import { type About, BadValue, type Field, field } from "./fields.ts";
import type { NumberRule } from "./scalars.ts";
import { parseServerList } from "./servers.ts";

/** How long a tool waits; 0 = no limit. */
export const TOOL_TIMEOUT: NumberRule = {
  initial: 10,
  min: 0,
  strict: true,
  refuse: "a number from 0 to 2147483647 is needed",
};

/** A switch: on when it stands there. */
export function flag(about: About): Field<boolean> {
  return field({ argument: "", default: "off", bare: true, ...about }, (given) => given.entries.length > 0);
}

/** A switch that counts how often it stands there. */
export function times(about: About): Field<number> {
  return field(
    { argument: "", default: "off", bare: true, list: true, ...about },
    (given) => given.entries.length,
  );
}

/** A field whose value may not be empty when it is given. */
export function needed<T>(make: (about: About) => Field<T>, about: About): Field<T> {
  const inner = make(about);
  return field(inner.facts, (given) => {
    const last = given.entries.at(-1);
    if (last?.text === "") throw new BadValue(`${given.option}: the value is empty`, last.where);
    return inner.parse(given);
  });
}

/**
 * Job servers of a program that asks them itself: repeated or a comma list, one leading `=` does not count, an empty
 * host is this machine. Source: tools.md 2.1, 3.1, T17.
 */
export function hosts(about: About): Field<ServerAddress[]> {
  return field({ argument: "HOST[:PORT]", list: true, isName: true, ...about }, (given) => {
    const known: ServerAddress[] = [];
    for (const { text = "", where } of given.entries) {
      const { servers, problems } = parseServerList(text, { known, emptyHost: "localhost" });
      for (const problem of problems) {
        if (problem.kind === "bad-address") throw new BadValue(problem.text, where);
        given.warnings.add("warn", problem.text, where);
      }
      if (servers.length === 0 && problems.length === 0)
        throw new BadValue(`${given.option}: the server is empty`, where);
      known.push(...servers);
    }
    return known;
  });
}
