/** How people keep pictures and their prompts, with what each is known by, in the order of the help. */
export const PICTURE_LAYOUTS = {
  imagefolder:
    "a folder with metadata.jsonl or metadata.csv (file_name, and prompt, caption or text), as datasets' imagefolder",
  table:
    "lines of JSON, CSV, TSV, Parquet or Arrow with a column of pictures or their paths, and one of prompts; WebDataset shards",
  geneval: "GenEval's folders: 00000/metadata.jsonl beside 00000/samples",
  "text-beside": "a folder with a text of the same name beside each picture: cat.png, cat.txt",
  "in-picture": "pictures in PNG that carry their prompt, as AUTOMATIC1111 and ComfyUI write them",
  "file-names": "pictures named by their prompt and a number, as T2I-CompBench's: a red cup_000003.png",
} as const;

export type PictureLayoutName = keyof typeof PICTURE_LAYOUTS;
export const PICTURE_LAYOUT_NAMES = Object.keys(PICTURE_LAYOUTS) as [
  PictureLayoutName,
  ...PictureLayoutName[],
];
