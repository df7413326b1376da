/** The flag that a key stands for: `perPrompt` is `--per-prompt`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
