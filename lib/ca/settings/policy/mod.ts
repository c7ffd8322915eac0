/** Who may get which certificate: keys and names against the rules of a profile. */
export { judgeRequest, type Refusal } from "./judge.ts";
export {
  isDnsPattern,
  isEmailPattern,
  isUriPattern,
  parseRange,
  parseSubjectPattern,
  type SubjectPattern,
  valueMatches,
} from "./patterns.ts";
