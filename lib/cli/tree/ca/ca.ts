/** The commands of the mini CA: a file for each, and a row here. */
import { group } from "../../declaration/mod.ts";
import { importCommand, migrate, schema } from "./authority/mod.ts";
import { check } from "./check.ts";
import { config } from "./config/mod.ts";
import { crl } from "./crl.ts";
import {
  activate,
  bundle,
  certificates,
  crossCertify,
  intermediate,
  root,
} from "./hierarchy/mod.ts";
import { history } from "./history/mod.ts";
import { init } from "./init.ts";
import { serial, show } from "./inventory/mod.ts";
import { key } from "./key/mod.ts";
import { list } from "./list.ts";
import { recover } from "./recover.ts";
import { request } from "./request.ts";
import { revoke } from "./revoke.ts";
import { rollover } from "./rollover/mod.ts";
import { approve, reject, requests, serve, token } from "./serve/mod.ts";
import { sign } from "./sign.ts";
import { verify } from "./verify.ts";

/** `certswap ca`. */
export const ca = group({
  brief: "A small certificate authority",
  description: [
    "A certificate authority for a small fleet: a root or an intermediate that signs requests, " +
    "revokes certificates and issues CRLs. It is kept in one directory or in a database, and every change " +
    "is atomic.",
  ],
  routes: {
    init,
    import: importCommand,
    migrate,
    schema,
    request,
    sign,
    list,
    show,
    verify,
    revoke,
    crl,
    check,
    history,
    config,
    serial,
    recover,
    key,
    activate,
    certificates,
    bundle,
    root,
    "cross-certify": crossCertify,
    rollover,
    intermediate,
    serve,
    token,
    requests,
    approve,
    reject,
  },
  sections: [
    {
      title: "Certificates",
      commands: ["request", "sign", "list", "show", "verify", "revoke", "crl"],
    },
    {
      title: "Enrolment over the network",
      commands: ["serve", "token", "requests", "approve", "reject"],
    },
    {
      title: "The CA",
      commands: [
        "init",
        "import",
        "migrate",
        "schema",
        "activate",
        "root",
        "cross-certify",
        "rollover",
        "intermediate",
        "certificates",
        "bundle",
        "check",
        "history",
        "config",
        "serial",
        "key",
        "recover",
      ],
    },
  ],
  examples: [
    { input: "certswap ca init --subject 'CN=My Root CA'", does: "Create a CA in ./ca-data" },
    { input: "certswap ca sign device.csr", does: "Sign a request" },
  ],
});
