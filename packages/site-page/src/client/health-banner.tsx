import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Health, Level } from "../model/snapshot.ts";

const SIGNS: Record<Level, { sign: string; word: string }> = {
  ok: { sign: "✓", word: "OK" },
  warning: { sign: "!", word: "Warning" },
  critical: { sign: "✕", word: "Critical" },
};

/** The sentence on top, and the findings behind it. Screen readers read it when there are other findings, and not when only its numbers change. */
export function HealthBanner({ health }: { readonly health: Health }): JSX.Element {
  const { level, sentence, findings } = health;
  const { sign, word } = SIGNS[level];
  const keys = keysOf(findings);
  const about = [level, ...keys].join("\n");
  const said = useMemo(() => `${word}: ${sentence}`, [about]);
  return (
    <section class={`health ${level}`} aria-label="Health">
      <p class="spoken" role="status">
        {said}
      </p>
      <p>
        <span class="sign" aria-hidden="true">
          {sign}
        </span>
        <span class="spoken">{word}: </span>
        <span>{sentence}</span>
      </p>
      {findings.length > 0 && (
        <details>
          <summary>
            {findings.length === 1 ? "What to do" : `All ${findings.length} findings and what to do`}
          </summary>
          <ul>
            {findings.map(({ level: one, text, advice, link }, at) => (
              <li key={keys[at]}>
                <span class={`mark ${one}`}>{SIGNS[one].word}</span> <a href={`#${link}`}>{text}</a> {advice}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

/** What each finding is about, without its numbers, which change each second; several may be about the same part. */
function keysOf(findings: Health["findings"]): string[] {
  const counts = new Map<string, number>();
  return findings.map(({ code, link }) => {
    const about = `${code} ${link}`;
    const count = counts.get(about) ?? 0;
    counts.set(about, count + 1);
    return `${about} ${count}`;
  });
}
