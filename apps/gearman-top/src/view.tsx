import { Box, Text, useInput, useWindowSize } from "ink";
import { useSyncExternalStore } from "react";
import { keysOf } from "./keys.ts";
import type { Line } from "./line.ts";
import { screen } from "./screen.ts";
import type { Session } from "./session.ts";

/** Lines from the top of the screen; the rest of `rows` stays empty, so that the frame always has one height. */
export function Lines({ lines, rows }: { readonly lines: readonly Line[]; readonly rows: number }) {
  return (
    <Box flexDirection="column" height={rows}>
      {lines.map((line, at) => (
        <Text
          key={at}
          wrap="truncate-end"
          dimColor={line.isDim ?? false}
          {...(line.colour && { color: line.colour })}
        >
          {line.text === "" ? " " : line.text}
        </Text>
      ))}
    </Box>
  );
}

/** The program on the screen. `hasKeys`: input is a terminal. */
export function Top({ session, hasKeys }: { readonly session: Session; readonly hasKeys: boolean }) {
  const state = useSyncExternalStore(
    (listener) => session.subscribe(listener),
    () => session.state,
  );
  const { columns, rows } = useWindowSize();
  useInput(
    (input, key) => {
      for (const one of keysOf(input, key)) session.press(one);
    },
    { isActive: hasKeys },
  );
  return <Lines lines={screen(state, { columns, rows })} rows={rows} />;
}
