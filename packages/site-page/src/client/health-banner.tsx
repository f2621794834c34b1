import type { JSX } from "preact";
import type { Health, Level } from "../model/snapshot.ts";

const SIGNS: Record<Level, { sign: string; word: string }> = {
  ok: { sign: "✓", word: "OK" },
  warning: { sign: "!", word: "Warning" },
  critical: { sign: "✕", word: "Critical" },
};

/** The sentence on top, and the findings behind it. Screen readers read it when it changes. */
export function HealthBanner({ health }: { readonly health: Health }): JSX.Element {
  const { level, sentence, findings } = health;
  const { sign, word } = SIGNS[level];
  return (
    <section class={`health ${level}`} aria-label="Health">
      <p role="status">
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
            {findings.map(({ code, level: one, text, advice, link }) => (
              <li key={`${code} ${text}`}>
                <span class={`mark ${one}`}>{SIGNS[one].word}</span> <a href={`#${link}`}>{text}</a> {advice}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
