/** The plain-text part of a TLS handshake: what a client writes, and what a server answers. */
export { alertInMessage, refusesCertificate } from "./alerts.ts";
export { firstLine, recognizeBanner, recognizeOther } from "./banner.ts";
export { clientHello } from "./client_hello.ts";
export { ServerFlight } from "./server_flight.ts";
export { chainShown, type PeerCertificate } from "./peer_chain.ts";
export { serverNameFor } from "./server_name.ts";
