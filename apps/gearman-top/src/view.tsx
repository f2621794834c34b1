import { omitUndefined } from "@mod-gearman/base";
import { Box, Text, useInput, useWindowSize } from "ink";
import { useSyncExternalStore } from "react";
import { keysOf } from "./keys.ts";
import type { Line } from "./line.ts";
import { screen } from "./screen.ts";
import type { Session } from "./session.ts";

/** Lines from the top of the screen, filled up to `rows`, so that the frame has a constant height. */
export function Lines({ lines, rows }: { readonly lines: readonly Line[]; readonly rows: number }) {
  return (
    <Box flexDirection="column" height={rows}>
      {lines.map((line, at) => (
        <Text
          key={at}
          wrap="truncate-end"
          dimColor={line.isDim ?? false}
          {...omitUndefined({ color: line.colour })}
        >
          {line.text === "" ? " " : line.text}
        </Text>
      ))}
    </Box>
  );
}

/** The user interface. `hasKeys`: input is a terminal. */
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
