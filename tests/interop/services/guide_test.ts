/** The services of docs/guide, each from an empty directory with the lines of its page. */
import { join } from "../../../lib/system/mod.ts";
import { tool } from "../tools.ts";
import { freePort } from "./services.ts";
import { type GuidePlace, guideTest } from "./guide.ts";

/** Writes a file that a Debian package brings, with the directories above it. */
function write({ here }: GuidePlace, path: string, text: string): string {
  const place = here(path);
  Deno.mkdirSync(place.replace(/\/[^/]+$/, ""), { recursive: true });
  Deno.writeTextFileSync(place, text);
  return place;
}

const postgres = "/usr/lib/postgresql/15/bin";

guideTest("PostgreSQL", {
  page: "postgresql",
  tools: [`${postgres}/postgres`, `${postgres}/initdb`, "setpriv"],
  async install(place) {
    const { root, port } = place;
    const data = join(root, "data");
    const user = ["--reuid=postgres", "--regid=postgres", "--clear-groups"];
    await tool("install", "-d", "-o", "postgres", "-m", "700", data);
    await tool("setpriv", ...user, `${postgres}/initdb`, "-D", data, "--no-sync", "--locale", "C");
    const settings = write(place, "/etc/postgresql/15/main/conf.d/local.conf", "fsync = off\n");
    const included = `include_dir '${settings.replace(/\/[^/]+$/, "")}'\n`;
    Deno.writeTextFileSync(join(data, "postgresql.conf"), included, { append: true });
    const flags = `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories=`;
    return `setpriv ${user.join(" ")} ${postgres}/postgres -D ${data} ${flags}`;
  },
  reload: "HUP",
  stop: "QUIT",
  startTls: "postgres",
  certificate: "/etc/postgresql-tls/server.crt",
  files: { "server.crt": "644 postgres postgres", "server.key": "600 postgres postgres" },
  damage: { command: "chown root:root /etc/postgresql-tls/server.key", file: "server.key" },
});

guideTest("mosquitto", {
  page: "mosquitto",
  tools: ["mosquitto"],
  replacements: ({ port }) => ({ "listener 8883": `listener ${port} 127.0.0.1` }),
  install(place) {
    const main = join(place.root, "mosquitto.conf");
    const local = write(place, "/etc/mosquitto/conf.d/local.conf", "allow_anonymous true\n");
    Deno.writeTextFileSync(
      main,
      `listener ${freePort()} 127.0.0.1
pid_file ${place.here("/run/mosquitto/pid")}
include_dir ${local.replace(/\/[^/]+$/, "")}
`,
    );
    return `mosquitto -c ${main}`;
  },
  reload: "HUP",
  startedFile: "run/mosquitto/pid",
  certificate: "/etc/mosquitto/tls/server.crt",
  files: {
    "ca.crt": "644 root mosquitto",
    "server.crt": "644 root mosquitto",
    "server.key": "640 root mosquitto",
  },
  damage: { command: "rm /etc/mosquitto/tls/ca.crt", file: "ca.crt" },
});

guideTest("HAProxy", {
  page: "haproxy",
  tools: ["haproxy", "curl"],
  replacements: ({ port }) => ({ "bind :443": `bind 127.0.0.1:${port}` }),
  install(place) {
    const configuration = write(
      place,
      "/etc/haproxy/haproxy.cfg",
      `global
  stats socket ${place.root}/admin.sock
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
`,
    );
    return `haproxy -W -p ${place.root}/started -f ${configuration}`;
  },
  reload: "USR2",
  startedFile: "started",
  certificate: "/etc/haproxy/tls/proxy.pem",
  files: { "proxy.pem": "600 root root" },
  damage: { command: "chmod 640 /etc/haproxy/tls/proxy.pem", file: "proxy.pem" },
});

guideTest("Dovecot", {
  page: "dovecot",
  tools: ["dovecot", "/usr/lib/dovecot/imap-login"],
  install(place) {
    const { root, port } = place;
    write(place, "/etc/dovecot/conf.d/10-ssl.conf", "");
    const local = write(place, "/etc/dovecot/local.conf", "");
    const main = join(root, "dovecot.conf");
    Deno.writeTextFileSync(
      main,
      `base_dir = ${root}/run
log_path = ${root}/log
protocols = imap
listen = 127.0.0.1
ssl = no
service imap-login {
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
passdb {
  driver = static
  args = nopassword=y
}
!include ${local}
`,
    );
    return `dovecot -F -c ${main}`;
  },
  reload: "HUP",
  startTls: "imap",
  certificate: "/etc/dovecot/tls/cert.pem",
  files: { "cert.pem": "644 root root", "key.pem": "600 root root" },
});

/** nginx.conf, with the files of `conf.d` as Debian's has them. */
function installNginx(place: GuidePlace): string {
  const { root } = place;
  const sites = write(place, "/etc/nginx/conf.d/local.conf", "access_log off;\n");
  Deno.writeTextFileSync(
    join(root, "nginx.conf"),
    `daemon off;
pid ${root}/started;
error_log ${root}/error.log;
events { worker_connections 64; }
http {
  client_body_temp_path ${root}/body;
  proxy_temp_path ${root}/proxy;
  fastcgi_temp_path ${root}/fastcgi;
  uwsgi_temp_path ${root}/uwsgi;
  scgi_temp_path ${root}/scgi;
  include ${sites.replace(/\/[^/]+$/, "")}/*.conf;
}
`,
  );
  return `nginx -c ${root}/nginx.conf`;
}

guideTest("nginx on the files of certbot", {
  page: "certbot",
  tools: ["nginx"],
  replacements: ({ port }) => ({ "listen 443 ssl": `listen 127.0.0.1:${port} ssl` }),
  install: installNginx,
  reload: "HUP",
  startedFile: "started",
  // The page ends with a directory that certbot had: its links have become files.
  certificate: "/etc/letsencrypt/live/old.example/fullchain.pem",
  files: {
    "cert.pem": "644 root root",
    "chain.pem": "644 root root",
    "fullchain.pem": "644 root root",
    "privkey.pem": "600 root root",
  },
  damage: { command: "rm /etc/letsencrypt/live/old.example/chain.pem", file: "chain.pem" },
});

const tomcat = "/usr/share/tomcat10";

guideTest("Tomcat", {
  page: "java",
  tools: ["java", "keytool", `${tomcat}/bin/catalina.sh`, "setpriv"],
  replacements: ({ port }) => ({ 'port="8443"': `port="${port}" address="127.0.0.1"` }),
  async install(place) {
    const base = join(place.root, "base");
    const settings = place.here("/etc/tomcat10");
    await tool("mkdir", "-p", settings);
    await tool("install", "-g", "tomcat", "-m", "640", ...tomcatFiles, settings);
    await tool("mkdir", base);
    await tool("ln", "-s", settings, join(base, "conf"));
    for (const name of ["logs", "temp", "webapps", "work"]) {
      await tool("install", "-d", "-o", "tomcat", join(base, name));
    }
    return `env CATALINA_HOME=${tomcat} CATALINA_BASE=${base} ` +
      `setpriv --reuid=tomcat --regid=tomcat --clear-groups ${tomcat}/bin/catalina.sh run`;
  },
  reload: "restart",
  certificate: "/etc/tomcat10/tls/cert.pem",
  files: {
    "cert.pem": "644 root tomcat",
    "key.pem": "640 root tomcat",
    "keystore.p12": "640 root tomcat",
    "keystore.password": "600 root root",
    "tomcat.password": "640 root tomcat",
  },
  damage: { command: "rm /etc/tomcat10/tls/keystore.p12", file: "keystore.p12" },
});

const tomcatFiles = ["catalina.properties", "context.xml", "logging.properties", "web.xml"]
  .map((name) => `/etc/tomcat10/${name}`);
