/** A service that needs six seconds to start, and one that was stopped. */
import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import {
  foreground,
  type Place,
  type Service,
  serviceTest,
  sightsTest,
  sightText,
} from "./services.ts";

/** `openssl s_server`, which reads its pair only when it starts. */
function starting(delay: number) {
  return ({ port, paths }: Place): Promise<Service> => {
    const server = `exec openssl s_server -quiet -accept 127.0.0.1:${port} ` +
      `-cert ${paths.certificate} -key ${paths.key}`;
    const script = `sleep ${delay}; ${server}`;
    return Promise.resolve(foreground("sh", ["-c", script], { reload: "restart" }));
  };
}

const tools = ["openssl", "sh"];

serviceTest("a service that needs six seconds to start is waited for", {
  tools,
  start: starting(6),
}, async ({ look, wait }) => {
  assert.equal(sightText(await look()), "nothing nothing", "not yet");
  const early = await wait({ deadline: 1000 });
  assert.equal(sightText(early), "nothing nothing");
  const { message, hint } = describe(early.error);
  assert.match(message, /^cannot reach 127\.0\.0\.1:\d+ within the deadline of 1s: /);
  assert.match(hint ?? "", /'deadline'/);
  assert.equal(sightText(await wait()), "certificate expected");
});

sightsTest("a service that is restarted", { tools, start: starting(0) });

serviceTest("a service that was stopped is seen as absent before and after a change", {
  tools,
  start: starting(0),
}, async ({ look, wait, service, activate, issue }) => {
  await service.stop();
  assert.equal(sightText(await look()), "nothing nothing");
  activate(await issue());
  assert.equal(sightText(await wait({ deadline: 1000 })), "nothing nothing");
});
