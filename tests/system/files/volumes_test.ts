/** What is mounted, and how much room there is. */
import assert from "node:assert/strict";
import { denoVolumes, parseMounts } from "../../../lib/system/files/volumes.ts";

Deno.test("parseMounts() reads where something is mounted, and whether it is read-only", () => {
  const text = String.raw`22 27 0:21 / /proc rw,relatime - proc proc rw
28 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda ro,errors=remount-ro
29 28 254:0 /srv/tls/cert.pem /etc/my\040tls/cert.pem ro,nosuid - ext4 /dev/vda rw
30 28 0:40 / /a\134b rw - tmpfs tmpfs rw,size=4k
no mount
`;
  assert.deepEqual(parseMounts(text), [
    { point: "/proc", isReadOnly: false },
    { point: "/", isReadOnly: true },
    { point: "/etc/my tls/cert.pem", isReadOnly: true },
    { point: "/a\\b", isReadOnly: false },
  ]);
});

Deno.test("denoVolumes knows what is mounted, and the room of each file system", async () => {
  const mounts = await denoVolumes.mounts();
  assert.ok(mounts?.some(({ point }) => point === "/proc"));
  const room = await denoVolumes.room("/");
  assert.ok(room !== undefined && room.blockSize >= 512 && room.blocks >= room.freeBlocks);
  assert.ok(room.freeBlocks >= room.availableBlocks);
  assert.equal(await denoVolumes.room("/no/such/place"), undefined);
});
