/** Bootstrap certificates: those that a manufacturer has put into a device. */
export { type BirthVerdict, judgeBirthCertificate, ManufacturerFiles } from "./certificate.ts";
export { namesOfBirth, requireBirthNames } from "./names.ts";
export { type Birth, birthFromText, birthToText } from "./record.ts";
