import { readFileSync } from "node:fs";
import { Markup } from "./html.js";

/** What opens images large and filters changes: the element that goes into a page, and its script. */
export function viewer(): { readonly element: Markup; readonly script: string } {
  const file = readFileSync(new URL("./viewer.html", import.meta.url), "utf8");
  const [, element = "", script = ""] = /^([\s\S]*)<script>([\s\S]*)<\/script>/.exec(file) ?? [];
  return { element: new Markup(element), script };
}
