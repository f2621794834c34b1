import tool from "../../tsup.tool.ts";

export default tool(["open-spool"]);
