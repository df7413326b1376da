import { html, type Markup } from "../pages/html.js";
import { checkImage } from "./image-source.js";
import type { SampleStrips } from "./report-data.js";

/** What each training drew of the same prompts and seeds, step by step; nothing without samples. */
export function samplesSection(samples: readonly SampleStrips[]): Markup | undefined {
  if (samples.length === 0) return undefined;
  return html`<section aria-labelledby="samples">
<h2 id="samples">Sample images over training <span class="aside">the same prompts and seeds at every step</span></h2>
${samples.map(strips)}
</section>`;
}

function strips({ name, steps, rows }: SampleStrips): Markup {
  return html`<h3>${name}</h3>
<div class="changes">${rows.map(
    ({ prompt, images }) => html`<article class="strip">
<h4>${prompt}</h4>
<div class="images" style="--columns:${steps.length}">${images.map((source, index) => image(source, prompt, steps[index]))}</div>
</article>
`,
  )}</div>`;
}

function image(source: string, prompt: string, step: number | undefined): Markup {
  checkImage(source, prompt);
  return html`<figure><img src="${source}" alt="Image at step ${step}" loading="lazy"><figcaption>step ${step}</figcaption></figure>`;
}
