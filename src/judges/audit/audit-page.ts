import { fittedPicture, fittedPixels } from "../../adapters/images/index.js";
import type { ImageHandle } from "../../records/image.js";
import { html, type Markup } from "../../stages/pages/html.js";
import { htmlPage } from "../../stages/pages/html-page.js";
import { STYLE_SHEET } from "../../stages/pages/style-sheet.js";
import { isTie, type JudgedPair, type LabelledPair } from "./judged-pairs.js";

/** Pairs that the page shows. */
const MOST_SHOWN = 24;
const SIDE = 160;

/** The pairs on which a judge was surest and people said otherwise. Holds so many pairs, however many come. */
export class Mistakes {
  readonly #kept: { readonly judged: JudgedPair; readonly pair: LabelledPair; readonly by: number }[] = [];

  add(judged: JudgedPair, pair: LabelledPair): void {
    const { first, label } = judged;
    if (first === undefined || label === 0.5 || isTie(first) || (label === 1) === first > 0.5) return;
    this.#kept.push({ judged, pair, by: Math.abs(first - label) });
    this.#kept.sort((one, other) => other.by - one.by);
    this.#kept.length = Math.min(this.#kept.length, MOST_SHOWN);
  }

  /** One HTML file without scripts or network: what people preferred stands left. */
  async page(judge: string, table: string): Promise<string> {
    const figures = await Promise.all(this.#kept.map(({ judged, pair }) => figureOf(judged, pair)));
    const body = html`<header><p class="overline">Espalier judge audit</p><h1>${judge}</h1></header>
<main>
<section><h2>Numbers</h2><pre>${table}</pre></section>
<section><h2>Where it is surest and people say otherwise</h2><p class="aside">Left: what people preferred.</p>${figures}</section>
</main>`;
    return htmlPage(`${judge}: audit`, STYLE_SHEET, body);
  }
}

async function figureOf({ first = 0.5, label, where }: JudgedPair, pair: LabelledPair): Promise<Markup> {
  const preferred = label === 1 ? [pair.first, pair.second] : [pair.second, pair.first];
  const [left, right] = await Promise.all(preferred.map(thumbnail));
  const sure = Math.max(first, 1 - first);
  return html`<figure><img src="${left}" alt="preferred by people"> <img src="${right}" alt="preferred by the judge">
<figcaption>${pair.prompt.text} (judge ${(100 * sure).toFixed(0)}% for the right one; ${where})</figcaption></figure>`;
}

async function thumbnail(image: ImageHandle): Promise<string> {
  const fitting = { side: SIDE, format: "jpeg" } as const;
  const encoded = await image.encoded?.();
  const bytes = encoded
    ? await fittedPicture(encoded, fitting)
    : await fittedPixels(await image.pixels(), fitting);
  return `data:image/jpeg;base64,${Buffer.from(bytes).toString("base64")}`;
}
