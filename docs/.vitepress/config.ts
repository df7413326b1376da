import { defineConfig } from "vitepress";

/** The pages of what people do, in the order of the menu. */
const GUIDES = [
  ["Pictures that are already there", "/pictures"],
  ["Pairs", "/pairs"],
  ["Judges", "/judges"],
  ["Verifiers and searches", "/verifiers"],
  ["Training", "/training"],
  ["The studio", "/studio"],
  ["Review by people", "/review"],
  ["Layouts of preference data", "/formats"],
  ["Released models", "/models"],
  ["Your own generator", "/own-generators"],
  ["The Hub", "/hub"],
  ["More than one machine", "/scaling"],
  ["Workspaces", "/workspace"],
] as const;

const link = ([text, to]: readonly [string, string]) => ({ text, link: to });

export default defineConfig({
  title: "Espalier",
  description: "Preference data and DPO rounds for text-to-image generators",
  outDir: "../build/site",
  cacheDir: "../build/site-cache",
  // Of the repository, and no pages of the site: each by its name, so that every other dead link fails the build.
  ignoreDeadLinks: [/^http:\/\/localhost/, /\/CONTRIBUTING$/, /^\.\/decisions$/, /\/score-service\.py$/],
  themeConfig: {
    search: { provider: "local" },
    nav: [
      link(["Tutorials", "/tutorials/quickstart"]),
      link(["Guides", "/pairs"]),
      link(["Reference", "/reference/cli"]),
      link(["Results", "/results/paper-tables"]),
    ],
    sidebar: [
      {
        text: "Begin",
        items: [
          link(["Installation", "/installation"]),
          link(["Quickstart", "/tutorials/quickstart"]),
          link(["Your own pictures", "/tutorials/your-pictures"]),
          link(["Show-o", "/tutorials/show-o"]),
        ],
      },
      { text: "Concepts", items: [link(["The method", "/concepts"]), link(["The house", "/architecture"])] },
      { text: "Guides", items: GUIDES.map(link) },
      {
        text: "Reference",
        items: [
          link(["Commands", "/reference/cli"]),
          link(["Settings", "/settings"]),
          link(["API", "/reference/api/"]),
        ],
      },
    ],
  },
});
