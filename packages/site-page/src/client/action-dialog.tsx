import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** What further is asked, and what comes of it. */
export interface WishDetails {
  /** One value that the viewer chooses. */
  readonly choice?: { readonly name: string; readonly label: string; readonly options: readonly string[] };
  /** Gets the answer, which is not shown in the line of what was done then. */
  readonly onAnswer?: (text: string) => void;
}

/** What was asked for and waits for a yes. */
export interface Wish extends WishDetails {
  readonly action: string;
  readonly values: Readonly<Record<string, string>>;
  readonly question: string;
}

interface Props {
  readonly wish: Wish;
  /** The token given before, kept in this page only. */
  readonly token: string;
  /** @param done what the server said, undefined if nothing was done */
  onEnd(token: string, done: string | undefined): void;
}

/** Asks for confirmation and the token, then has the server do it. */
export function ActionDialog({ wish, token, onEnd }: Props): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [given, setGiven] = useState(token);
  const [problem, setProblem] = useState("");
  const [isSending, setSending] = useState(false);
  const { choice } = wish;
  const [chosen, setChosen] = useState(choice?.options[0] ?? "");
  useEffect(() => dialog.current?.showModal(), []);
  const confirm = async (event: Event): Promise<void> => {
    event.preventDefault();
    const values = choice === undefined ? wish.values : { ...wish.values, [choice.name]: chosen };
    if (isSending) return; // a second click would do it twice
    setSending(true);
    const answer = await send(wish.action, values, given);
    setSending(false);
    if ("problem" in answer) setProblem(answer.problem);
    else onEnd(given, answer.text);
  };
  return (
    <dialog ref={dialog} aria-labelledby="question" onClose={() => onEnd(given, undefined)}>
      <form onSubmit={(event) => void confirm(event)}>
        <h2 id="question">{wish.question}</h2>
        {choice !== undefined && (
          <label class="filter">
            <span>{choice.label}</span>
            <select value={chosen} onChange={({ currentTarget }) => setChosen(currentTarget.value)}>
              {choice.options.map((option) => (
                <option key={option} value={option}>
                  {option}
                </option>
              ))}
            </select>
          </label>
        )}
        <label class="filter">
          <span>Token</span>
          <input
            type="password"
            value={given}
            autocomplete="off"
            required
            maxLength={512}
            onInput={({ currentTarget }) => setGiven(currentTarget.value)}
          />
        </label>
        <p class="problem" role="alert">
          {problem}
        </p>
        <p class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            No
          </button>
          <button type="submit" class="danger" aria-disabled={isSending}>
            Yes
          </button>
        </p>
      </form>
    </dialog>
  );
}

async function send(
  action: string,
  values: Wish["values"],
  token: string,
): Promise<{ text: string } | { problem: string }> {
  try {
    const response = await fetch("api/actions", {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ action, ...values }),
    });
    const text = (await response.text()).trim();
    return response.ok ? { text } : { problem: text.slice(0, 500) };
  } catch {
    return { problem: "The server does not answer." };
  }
}
