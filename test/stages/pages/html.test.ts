import { expect, test } from "vitest";
import { html, Markup } from "../../../src/stages/pages/html.js";

test("values are escaped, in content and in attributes", () => {
  const text = `<img src=x onerror='alert("1")'> & more`;
  const escaped = "&#60;img src=x onerror=&#39;alert(&#34;1&#34;)&#39;&#62; &#38; more";
  expect(html`<p title="${text}">${text}</p>`.text).toBe(`<p title="${escaped}">${escaped}</p>`);
});

test("markup passes as it is, lists are joined, undefined is left out, zero is not", () => {
  const list = [html`<b>${"<"}</b>`, new Markup("<i></i>"), undefined, 0];
  expect(html`<p>${list}</p>`.text).toBe("<p><b>&#60;</b><i></i>0</p>");
});
