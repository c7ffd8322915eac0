/** Which places are refused: on a simulated disk, for every owner and mode; and on real directories. */
import assert from "node:assert/strict";
import {
  denoFileSystem,
  denoProcesses,
  FileSystemError,
  join,
  requireTrustedPlaces,
  UntrustedPlaceError,
  untrustedPlaces,
  type UsedPath,
} from "../../../lib/system/mod.ts";
import { plant, type Planted } from "../../simulation/model/disk.ts";
import { SimulatedFileSystem } from "../../simulation/model/simulated_file_system.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";

/** Who walks: user and primary group. */
interface Caller {
  readonly uid: number;
  readonly gid: number;
}

const root: Caller = { uid: 0, gid: 0 };
const service: Caller = { uid: 26, gid: 27 };
const other: Caller = { uid: 1000, gid: 1000 };

const owned = ({ uid, gid }: Caller, mode: number): Planted => ({ attributes: { uid, gid, mode } });

/** The first place that is refused for a path; `undefined`: none. */
function refused(
  files: Readonly<Record<string, Planted | string>>,
  used: UsedPath | string,
  { uid, gid }: Caller = root,
): string | undefined {
  const path: UsedPath = typeof used === "string" ? { path: used, as: "file" } : used;
  const walker = {
    files: new SimulatedFileSystem(plant(files)),
    processes: { userId: () => uid, groupId: () => gid },
  };
  try {
    requireTrustedPlaces(walker, [path]);
    return undefined;
  } catch (error) {
    assert(error instanceof UntrustedPlaceError, String(error));
    assert.equal(error.path, path.path);
    assert.equal(error.userId, uid);
    const info = walker.files.stat(error.place);
    assert.deepEqual([error.uid, error.mode, error.kind], [info.uid, info.mode, info.kind]);
    return error.place;
  }
}

for (
  const [what, directory, caller, isRefused] of [
    ["root's, for root", owned(root, 0o755), root, false],
    ["root's, for a user", owned(root, 0o755), service, false],
    ["the caller's own", owned(service, 0o700), service, false],
    ["another user's, for root", owned(other, 0o755), root, true],
    ["another user's that only it can enter, for root", owned(other, 0o700), root, true],
    ["another user's, for a user", owned(other, 0o755), service, true],
    ["writable by everyone", owned(root, 0o777), root, true],
    ["writable by everyone but its group", owned(root, 0o757), root, true],
    ["writable by its group, for root", owned(root, 0o775), root, true],
    ["the caller's own, writable by its primary group", owned(service, 0o770), service, false],
    [
      "root's, writable by the caller's primary group",
      {
        attributes: { uid: 0, gid: service.gid, mode: 0o770 },
      },
      service,
      false,
    ],
    [
      "the caller's own, writable by another group",
      {
        attributes: { uid: service.uid, gid: other.gid, mode: 0o770 },
      },
      service,
      true,
    ],
    ["writable by root's group, for a user of another", owned(root, 0o775), service, true],
    ["sticky, and writable by everyone", owned(root, 0o1777), root, true],
    ["sticky, and writable by its owner alone", owned(root, 0o1755), root, false],
  ] as const
) {
  Deno.test(`a directory that is ${what} is ${isRefused ? "refused" : "good"}`, () => {
    const files = { "/srv/": directory, "/srv/key.pem": "key" };
    assert.equal(refused(files, "/srv/key.pem", caller), isRefused ? "/srv" : undefined);
    assert.equal(
      refused({ ...files, "/srv/a/": owned(caller, 0o700) }, "/srv/a/missing.pem", caller),
      // No other user can exchange the caller's own directory in a sticky one.
      isRefused && !what.startsWith("sticky") ? "/srv" : undefined,
    );
  });
}

Deno.test("the owner of a file does not matter to the place: a service may own its key", () => {
  assert.equal(refused({ "/srv/key.pem": owned(other, 0o600) }, "/srv/key.pem"), undefined);
});

Deno.test("files that are obeyed must be writable only by root or the caller", () => {
  const program = (planted: Planted, caller?: Caller): string | undefined =>
    refused({ "/opt/hook": planted }, { path: "/opt/hook", as: "obeyed" }, caller);
  assert.equal(program(owned(root, 0o755)), undefined);
  assert.equal(program(owned(service, 0o755), service), undefined);
  assert.equal(program(owned(service, 0o775), service), "/opt/hook", "with any group");
  assert.equal(program(owned(other, 0o755)), "/opt/hook");
  assert.equal(program(owned(root, 0o775)), "/opt/hook");
  assert.equal(program(owned(root, 0o757)), "/opt/hook");
  // The sticky bit of a file protects nothing.
  assert.equal(program(owned(root, 0o1777)), "/opt/hook");
});

Deno.test("in a sticky directory only names that no other user could create or exchange are trusted", () => {
  const files = {
    "/tmp/": owned(root, 0o1777),
    "/tmp/own/": owned(service, 0o700),
    "/tmp/root/": owned(root, 0o755),
    "/tmp/other/": owned(other, 0o755),
    "/tmp/link": { link: "/tmp/own" },
    "/tmp/file": owned(service, 0o600),
  };
  const at = (path: string, as: UsedPath["as"]): string | undefined =>
    refused(files, { path, as }, service);
  assert.equal(at("/tmp/own/key.pem", "file"), undefined);
  assert.equal(at("/tmp/root/key.pem", "file"), undefined);
  assert.equal(at("/tmp/other/key.pem", "file"), "/tmp/other");
  // link(2) makes another name of a link, and keeps its owner.
  assert.equal(at("/tmp/link/key.pem", "file"), "/tmp");
  assert.equal(at("/tmp/file", "file"), "/tmp");
  assert.equal(at("/tmp/file", "obeyed"), undefined);
  assert.equal(at("/tmp/missing", "file"), "/tmp");
  assert.equal(at("/tmp/missing", "obeyed"), "/tmp");
  assert.equal(at("/tmp/missing", "new-file"), undefined);
  assert.equal(at("/tmp/missing", "directory"), undefined, "is looked at again once it is made");
  assert.equal(at("/tmp/own", "directory"), undefined);
  assert.equal(at("/tmp", "directory"), "/tmp");
});

Deno.test("every directory on the path counts, also behind a link", () => {
  const files = {
    "/srv/": owned(root, 0o755),
    "/srv/app/": owned(other, 0o755),
    "/srv/app/tls/": owned(root, 0o755),
    "/etc/tls/": owned(root, 0o755),
    "/etc/tls/key.pem": { link: "../../srv/app/tls/key.pem" },
    "/etc/tls/cert.pem": { link: "/etc/hop" },
    "/etc/hop": { link: "tls/../../var/own/cert.pem" },
    "/var/own/cert.pem": "cert",
    "/srv/app/link": { link: "/var/own" },
    "/srv/app/up": { link: "../../var" },
  };
  assert.equal(refused(files, "/srv/app/tls/key.pem"), "/srv/app");
  assert.equal(refused(files, "/etc/tls/key.pem"), "/srv/app");
  assert.equal(refused(files, "/etc/tls/cert.pem"), undefined);
  assert.equal(
    refused(files, "/srv/app/link/cert.pem"),
    "/srv/app",
    "its owner can point it elsewhere",
  );
  assert.equal(refused(files, "/srv/app/up/own/cert.pem"), "/srv/app");
  assert.equal(
    refused(files, "/srv/app/../../var/own/cert.pem"),
    "/srv/app",
    "it can be exchanged, too",
  );
  assert.equal(refused(files, "/srv/../var/./own//cert.pem"), undefined);
  assert.equal(refused(files, "/../etc/tls/cert.pem"), undefined);
});

Deno.test("the root directory counts", () => {
  const files = new SimulatedFileSystem(plant({ "/a/b": "x" }));
  const stat: SimulatedFileSystem["stat"] = (path) => ({
    ...SimulatedFileSystem.prototype.stat.call(files, path),
    ...(path === "/" ? { uid: 1000 } : {}),
  });
  files.stat = stat;
  const walker = { files, processes: { userId: () => 0, groupId: () => 0 } };
  assert.deepEqual(
    untrustedPlaces(walker, [{ path: "/a/b", as: "file" }]).map(({ place }) => place),
    ["/"],
  );
});

Deno.test("a path that leads nowhere is accepted, and a symbolic link loop is an error", () => {
  const files = {
    "/a/file": "x",
    "/a/dangling": { link: "missing/../x" },
    "/a/one": { link: "two" },
    "/a/two": { link: "one" },
  };
  for (const path of ["/a/missing/b/c", "/a/dangling", "/a/file/below", "/a/"]) {
    assert.equal(refused(files, path), undefined, path);
  }
  assert.throws(
    () =>
      requireTrustedPlaces(
        {
          files: new SimulatedFileSystem(plant(files)),
          processes: { userId: () => 0, groupId: () => 0 },
        },
        [{ path: "/a/one", as: "file" }],
      ),
    (error) => error instanceof FileSystemError && error.errno === "ELOOP",
  );
});

Deno.test("a chain of forty links is followed, as the kernel does, but not one more", () => {
  const chain = (length: number): Record<string, Planted | string> => ({
    "/a/0": "x",
    ...Object.fromEntries(
      Array.from({ length }, (_, index) => [`/a/${index + 1}`, { link: `${index}` }]),
    ),
  });
  assert.equal(refused(chain(40), "/a/40"), undefined);
  assert.throws(() => refused(chain(41), "/a/41"));
});

Deno.test("each directory is examined once, even if many paths lead through it", () => {
  const looked: string[] = [];
  const files = new SimulatedFileSystem(
    plant({ "/etc/tls/cert.pem": "c", "/etc/tls/key.pem": "k", "/etc/tls/all.pem": "a" }),
    {
      fate({ path }) {
        looked.push(path);
        return "run";
      },
    },
  );
  const walker = { files, processes: { userId: () => 0, groupId: () => 0 } };
  const names = ["cert.pem", "key.pem", "all.pem"];
  requireTrustedPlaces(walker, names.map((name) => ({ path: `/etc/tls/${name}`, as: "file" })));
  assert.deepEqual(looked, ["/", "/etc", "/etc/tls", ...names.map((name) => `/etc/tls/${name}`)]);
});

Deno.test("untrustedPlaces() names each place once", () => {
  const files = new SimulatedFileSystem(plant({
    "/a/": owned(other, 0o755),
    "/b/": owned(other, 0o755),
  }));
  const walker = { files, processes: { userId: () => 0, groupId: () => 0 } };
  const found = untrustedPlaces(
    walker,
    ["/a/1", "/a/2", "/c", "/b/1"].map((path) => ({ path, as: "file" })),
  );
  assert.deepEqual(found.map(({ path, place }) => [path, place]), [["/a/1", "/a"], ["/b/1", "/b"]]);
});

const walker = { files: denoFileSystem, processes: denoProcesses };

/** The first place that is refused on the real disk. */
function refusedHere(path: string): string | undefined {
  return untrustedPlaces(walker, [{ path, as: "file" }])[0]?.place;
}

Deno.test("the caller's own directory below a sticky temporary directory is trusted", async () => {
  await withTemporaryDirectory((directory) => {
    Deno.mkdirSync(join(directory, "tls"));
    Deno.symlinkSync("tls", join(directory, "link"));
    assert.equal(refusedHere(join(directory, "tls/key.pem")), undefined);
    assert.equal(refusedHere(join(directory, "link/key.pem")), undefined);
    Deno.chmodSync(join(directory, "tls"), 0o777);
    assert.equal(refusedHere(join(directory, "link/key.pem")), join(directory, "tls"));
  });
});

Deno.test("a relative path is walked from the working directory", () => {
  assert.equal(refusedHere("missing.pem"), refusedHere(join(Deno.cwd(), "missing.pem")));
});

Deno.test({
  name: "a directory that belongs to another user is refused, and so is a link in it",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    await withTemporaryDirectory((directory) => {
      for (const name of ["app", "own"]) Deno.mkdirSync(join(directory, name));
      Deno.symlinkSync("../own", join(directory, "app/link"));
      Deno.chownSync(join(directory, "app"), 65534, 65534);
      const app = join(directory, "app");
      for (const path of ["app/key.pem", "app/link/key.pem", "app/../own/key.pem"]) {
        assert.equal(refusedHere(join(directory, path)), app, path);
      }
      assert.equal(refusedHere(join(directory, "own/key.pem")), undefined);
    });
  },
});
