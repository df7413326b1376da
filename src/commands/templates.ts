/** What `init` begins with: folders of `templates`. */
export const TEMPLATES = ["bundled", "images", "show-o", "janus-pro", "diffusers"] as const;
export type Template = (typeof TEMPLATES)[number];
