/** Names: distinguished names and alternative names. */
export {
  divideName,
  encodeAlternativeName,
  encodeAlternativeNames,
  encodeEachAlternativeName,
  isDnsName,
  isMailbox,
} from "./alternative_names.ts";
export { isReadableType, valueTags } from "./attribute_types.ts";
export { commonNamesOf, mayNameService } from "./common_name.ts";
export { encodeDistinguishedName } from "./distinguished_name.ts";
export { withCommonName, withFixedAttributes } from "./fixed_attributes.ts";
export * from "./general_name.ts";
export { type AddressRange, parseAddressRange, parseIpAddress } from "./ip_address.ts";
export * from "./name.ts";
