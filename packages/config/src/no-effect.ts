import type { Field } from "./fields.ts";

/** How an option without effect is reported. */
export interface NoEffectRule<T> {
  /** Completes "NAME has no effect in this release: …". */
  readonly why: string;
  /** Values that ask for what happens anyway are not reported. */
  readonly isMet?: (value: T) => boolean;
  /** The original ignores it too, or its effect needs no option here: `info`, and "NAME has no effect: …". */
  readonly isForGood?: boolean;
}

/**
 * A field whose option is accepted but changes nothing. Where it is given, a warning says so, so that it does not look as if
 * it had an effect. Help and tables say it too.
 */
export function withoutEffect<T>(inner: Field<T>, rule: NoEffectRule<T>): Field<T> {
  const { why, isMet = () => false, isForGood = false } = rule;
  const text = isForGood ? "no effect" : "no effect in this release";
  const { help } = inner.facts;
  return {
    facts: {
      ...inner.facts,
      noEffect: why,
      help: `${help === "" ? "" : `${help} `}${text.replace("n", "N")}: ${why}.`,
    },
    parse: (given) => {
      const value = inner.parse(given);
      const where = given.entries.at(-1)?.where;
      if (where !== undefined && !isMet(value))
        given.warnings.advise(isForGood ? "info" : "warn", `${given.option} has ${text}: ${why}`, where);
      return value;
    },
  };
}
