/** `certswap ca config check`: checks the settings of a CA and prints what holds, as text or JSON. */
import { findCa } from "../../../../ca/mod.ts";
import {
  type CaSettings,
  type NamePolicy,
  type PostgresSettings,
  type Profile,
  readSettings,
} from "../../../../ca/settings/mod.ts";
import { addressText, formatDuration } from "../../../../system/mod.ts";
import { formatPurpose, kindsFor } from "../../../../x509/mod.ts";
import {
  type CommonFlags,
  dataDirectory,
  type DataDirectoryFlags,
} from "../../../declaration/mod.ts";
import type { Json, Outcome } from "../../../print/mod.ts";
import { fields, visible } from "../../../text.ts";
import type { World } from "../../../world.ts";

/** The flags of `certswap ca config check`. */
export interface CheckFlags extends DataDirectoryFlags, CommonFlags {}

/** `certswap ca config check`. */
export default async function check(world: World, flags: CheckFlags): Promise<Outcome> {
  const location = { dataDirectory: dataDirectory(world, flags) };
  const settings = await readSettings(world.system, location);
  const { file, defaults, profiles } = settings;
  // Settings may be written before the CA is made. Without them, there has to be a CA.
  if (file === undefined) await findCa(world.system, location);
  return {
    json: toJson(settings),
    lines: [
      file === undefined
        ? `There is no ca.toml in ${visible(location.dataDirectory)}: the built-in settings apply.`
        : `No mistakes in ${visible(file)}.`,
      ...fields(generalRows(settings)),
      ...[...profiles.values()].flatMap((profile) => [
        `Profile ${profile.name}${profile.name === defaults.profile ? " (default)" : ""}`,
        ...fields(profileRows(profile)),
      ]),
    ],
  };
}

type Rows = readonly (readonly [string, string])[];

const optional = (label: string, value: string | undefined): Rows =>
  value === undefined ? [] : [[label, value]];

const listed = (words: readonly string[] = []): string | undefined =>
  words.length === 0 ? undefined : words.join(", ");

const duration = (milliseconds: number | undefined): string | undefined =>
  milliseconds === undefined ? undefined : formatDuration(milliseconds);

function generalRows(settings: CaSettings): Rows {
  const { serial, duplicates, defaults, addresses, crl, ocsp, serve, postgres } = settings;
  return [
    ["Serial numbers", serial],
    ["Duplicates", duplicates === "warn" ? "signed, with a warning" : "refused"],
    ...optional("Key algorithm", defaults.keyKind),
    ...optional("Revocation reason", defaults.reason),
    ...optional("Lock timeout", duration(defaults.lockTimeout)),
    ...optional("CRL address", listed(addresses.crl)),
    ...optional("OCSP address", listed(addresses.ocsp)),
    ...optional("Issuer address", listed(addresses.issuer)),
    ...optional("CRL next update", duration(crl.nextUpdate)),
    ["Expired certificates on CRL", crl.keepExpired ? "kept" : "removed"],
    ...optional("CRL shards", crl.shards === 1 ? undefined : String(crl.shards)),
    ...optional("CRL publisher", crl.publish?.command.join(" ")),
    ["OCSP next update", formatDuration(ocsp.nextUpdate)],
    ...(["est", "http", "admin"] as const).flatMap((name) =>
      serve[name] === undefined ? [] : optional(`Server for ${name}`, addressText(serve[name]))
    ),
    ...optional("Admin login", loginText(serve.adminLogin)),
    ...optional("Predecessor", settings.est.predecessor),
    ...settings.manufacturers.map(({ name, names }) =>
      [`Manufacturer ${name}`, names.join(", ")] as const
    ),
    ...optional("PostgreSQL", postgres && databaseText(postgres)),
  ];
}

/** How administrators log in: the settings name only the files. */
function loginText(login: CaSettings["serve"]["adminLogin"]): string | undefined {
  const ways = [
    ...optional("password in", login?.passwordFile),
    ...optional("client certificate from", login?.clientCa),
  ];
  return listed(ways.map((way) => way.join(" ")))?.replace(", ", " or ");
}

/** Without anything secret: the settings name only the files of secrets. */
function databaseText({ host, port, database, user, schema, tls }: PostgresSettings): string {
  const place = host.includes(":") ? `[${host}]` : host;
  const login = tls === undefined
    ? "without TLS"
    : tls.identity === undefined
    ? "with TLS"
    : "with TLS and a client certificate";
  return `${database} (schema ${schema}) on ${place}:${port} as ${user}, ${login}`;
}

function profileRows(profile: Profile): Rows {
  const { validity, maxValidity, backdate, keyKinds, names, ca } = profile;
  const most = maxValidity === undefined ? "" : `, at most ${formatDuration(maxValidity)}`;
  return [
    ["For", ca === undefined ? "leaf certificates" : "CA certificates"],
    ["Validity", `${formatDuration(validity)}${most}`],
    ["Backdated", formatDuration(backdate)],
    ...(ca === undefined ? leafRows(profile) : caRows(ca)),
    ["Keys", (keyKinds ?? kindsFor(ca === undefined ? "leaf" : "ca")).join(", ")],
    ...optional("Subject", profile.subject),
    ...(names === undefined ? [["Names", "any"] as const] : nameRows(names)),
  ];
}

function leafRows({ keyUsage, extendedKeyUsage }: Profile): Rows {
  return [
    ["Key usage", listed(keyUsage) ?? "according to the key"],
    ["Purposes", listed(extendedKeyUsage.map(formatPurpose)) ?? "not restricted"],
  ];
}

function caRows({ pathLength, nameConstraints }: NonNullable<Profile["ca"]>): Rows {
  return [
    ["Path length", pathLength?.toString() ?? "unlimited"],
    ...optional("Permitted names", listed(nameConstraints?.permitted)),
    ...optional("Excluded names", listed(nameConstraints?.excluded)),
  ];
}

function nameRows({ dns, ip, uri, email, subject }: NamePolicy): Rows {
  return [
    ["DNS names", listed(dns) ?? "none"],
    ["IP addresses", listed(ip) ?? "none"],
    ["URIs", listed(uri) ?? "none"],
    ["Email addresses", listed(email) ?? "none"],
    ["Subjects", subject?.join(" or ") ?? "any, with common names as above"],
  ];
}

function toJson(settings: CaSettings): { readonly [name: string]: Json | undefined } {
  const { file, serial, duplicates, defaults, addresses, crl, profiles, postgres } = settings;
  const { publish } = crl;
  return {
    file: file ?? null,
    serial,
    duplicates,
    defaults: {
      profile: defaults.profile,
      validity: duration(defaults.validity) ?? null,
      keyAlgorithm: defaults.keyKind ?? null,
      reason: defaults.reason ?? null,
      lockTimeout: duration(defaults.lockTimeout) ?? null,
    },
    addresses: { crl: addresses.crl, ocsp: addresses.ocsp, issuer: addresses.issuer },
    crl: {
      nextUpdate: duration(crl.nextUpdate) ?? null,
      keepExpired: crl.keepExpired,
      shards: crl.shards,
      publish: publish === undefined
        ? null
        : { command: publish.command, timeLimit: formatDuration(publish.timeLimit) },
    },
    ocsp: { nextUpdate: formatDuration(settings.ocsp.nextUpdate) },
    serve: serveToJson(settings.serve),
    postgres: postgres === undefined ? null : {
      host: postgres.host,
      port: postgres.port,
      database: postgres.database,
      user: postgres.user,
      schema: postgres.schema,
      passwordFile: postgres.passwordFile ?? null,
      tls: postgres.tls === undefined ? null : {
        ca: postgres.tls.ca,
        certificate: postgres.tls.identity?.certificate ?? null,
        key: postgres.tls.identity?.key ?? null,
      },
      connectTimeout: formatDuration(postgres.connectTimeout),
      statementTimeout: formatDuration(postgres.statementTimeout),
    },
    est: { ...settings.est, expiredGrace: formatDuration(settings.est.expiredGrace) },
    manufacturers: settings.manufacturers.map((one) => ({ ...one })),
    profiles: [...profiles.values()].map(profileToJson),
  };
}

function serveToJson(
  { est, http, admin, adminLogin, identity, limits }: CaSettings["serve"],
): Json {
  const files = identity?.from === "files" ? identity : undefined;
  return {
    est: est === undefined ? null : addressText(est),
    http: http === undefined ? null : addressText(http),
    admin: admin === undefined ? null : addressText(admin),
    adminPasswordFile: adminLogin?.passwordFile ?? null,
    adminClientCa: adminLogin?.clientCa ?? null,
    names: identity?.from === "ca" ? identity.names : null,
    certificate: files?.certificate ?? null,
    key: files?.key ?? null,
    ...limits,
  };
}

function profileToJson(profile: Profile): Json {
  const { keyKinds, names, ca } = profile;
  const { nameConstraints } = ca ?? {};
  return {
    name: profile.name,
    ca: ca !== undefined,
    validity: formatDuration(profile.validity),
    maxValidity: duration(profile.maxValidity) ?? null,
    backdate: formatDuration(profile.backdate),
    keyUsage: profile.keyUsage ?? null,
    extendedKeyUsage: profile.extendedKeyUsage.map(formatPurpose),
    keyAlgorithms: keyKinds ?? kindsFor(ca === undefined ? "leaf" : "ca"),
    subject: profile.subject ?? null,
    names: names === undefined ? null : {
      dns: names.dns ?? [],
      ip: names.ip ?? [],
      uri: names.uri ?? [],
      email: names.email ?? [],
      subject: names.subject ?? null,
    },
    pathLength: ca?.pathLength ?? null,
    nameConstraints: nameConstraints === undefined ? null : {
      permitted: nameConstraints.permitted,
      excluded: nameConstraints.excluded,
    },
  };
}
