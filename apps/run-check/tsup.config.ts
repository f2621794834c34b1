import tool from "../../tsup.tool.ts";

export default tool(["remote-check"]);
