/**
 * The command that is npm: the one that started this program, else the one on the PATH.
 * @returns {readonly string[]}
 */
export function npmCommand() {
  const running = process.env["npm_execpath"];
  return running?.endsWith("npm-cli.js") ? [process.execPath, running] : ["npm"];
}
