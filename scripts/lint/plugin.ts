/** Rules of `deno lint` that are certswap's own. */
import { superlinear } from "./superlinear.ts";

/**
 * `certswap/linear-regex`: no regular expression takes more than linear time. The text of files, requests and
 * the command line is untrusted: 200 kB of blanks must not take 15 seconds.
 *
 * If the rule cannot see why an expression is linear, a comment with the reason exempts it:
 * `// deno-lint-ignore certswap/linear-regex -- nothing follows it, so nothing is tried twice`.
 */
const linearRegex: Deno.lint.Rule = {
  create(context) {
    if (!/\/lib\/[a-z0-9]+\//.test(context.filename.replaceAll("\\", "/"))) return {};
    return {
      Literal(node) {
        if (!(node.value instanceof RegExp)) return;
        const problem = superlinear(node.value.source, node.value.flags);
        if (problem !== undefined) context.report({ node, message: messageOf(problem) });
      },
      'NewExpression[callee.name="RegExp"]'(node) {
        context.report({ node, message: messageOf("it is built at run time") });
      },
    };
  },
};

function messageOf(problem: string): string {
  return `This regular expression may take more than linear time: ${problem}. ` +
    "Bound or anchor it, use string functions, or give the reason why it is linear.";
}

/** Loaded by `deno lint`, see deno.json. */
const plugin: Deno.lint.Plugin = {
  name: "certswap",
  rules: { "linear-regex": linearRegex },
};

export default plugin;
