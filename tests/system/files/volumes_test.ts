/** What is mounted, and how much room there is. */
import assert from "node:assert/strict";
import {
  denoVolumes,
  parseMounts,
  type Room,
  type Volumes,
  withKnownRoom,
} from "../../../lib/system/files/volumes.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";

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

Deno.test("denoVolumes reads what is mounted each time, and starts no program for that", {
  permissions: { read: true, run: false },
}, async () => {
  const first = await denoVolumes.mounts();
  assert.ok(first?.some(({ point }) => point === "/proc"));
  assert.deepEqual(await denoVolumes.mounts(), first);
});

const known: Room = {
  blockSize: 4096,
  blocks: 100,
  freeBlocks: 12,
  availableBlocks: 7,
  inodes: 64,
  freeInodes: 3,
};

/** Volumes that record which directories they were asked about. */
function recording(): { readonly volumes: Volumes; readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    volumes: {
      mounts: () => Promise.resolve([]),
      room: (path) => {
        asked.push(path);
        return Promise.resolve(undefined);
      },
    },
  };
}

Deno.test("a known room is that of one directory, by any path to it, and of no other", async () => {
  await withTemporaryDirectory(async (root) => {
    const directory = `${Deno.realPathSync(root)}/pair`;
    await Deno.mkdir(directory);
    await Deno.symlink(directory, `${root}/link`);
    const text = "4096 100 12 7 64 3";
    for (const given of [directory, `${directory}/`, `${root}/link/`]) {
      const { volumes, asked } = recording();
      const knowing = withKnownRoom(volumes, { directory: given, text });
      assert.deepEqual(await knowing.room(directory), known, given);
      assert.deepEqual(asked, []);
      assert.equal(await knowing.room(`${directory}/.certswap`), undefined);
      assert.equal(await knowing.room("/"), undefined);
      assert.deepEqual(asked, [`${directory}/.certswap`, "/"]);
    }
  });
});

Deno.test("a room that is not known completely is asked for", async () => {
  await withTemporaryDirectory(async (root) => {
    const directory = Deno.realPathSync(root);
    for (const text of ["", "4096 100 12 7 64", "4096 100 12 7 64 x", "?", "1 2 3 4 5 6 7"]) {
      const { volumes, asked } = recording();
      assert.equal(await withKnownRoom(volumes, { directory, text }).room(directory), undefined);
      assert.deepEqual(asked, [directory], text);
    }
    const { volumes, asked } = recording();
    const elsewhere = withKnownRoom(volumes, { directory: `${root}/missing`, text: "1 2 3 4 5 6" });
    assert.equal(await elsewhere.room(directory), undefined);
    assert.deepEqual(asked, [directory]);
  });
});
