/** Shell completion scripts. */
export { bashCompletion } from "./bash.ts";
export { fishCompletion } from "./fish.ts";
export { type Completed, completionModel } from "./model.ts";
export { zshCompletion } from "./zsh.ts";
