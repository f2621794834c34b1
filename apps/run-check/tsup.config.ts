import tool from "../../tsup.tool.ts";

export default tool(["sent-check", "last-command"]);
