/** A rotated pair with one half on a file system of its own, which can be unmounted. */
import type { PairPaths } from "../../lib/device/mod.ts";
import { mounted, namesBelow, unmounted, withFileSystem } from "../simulation/model/mounts.ts";
import { SimulatedFileSystem } from "../simulation/model/simulated_file_system.ts";
import { commonSigner, configured, emptyDevice, RotationWorld } from "./rotation_world.ts";

/** Certificate and key, each in its own directory. */
export const splitPaths: PairPaths = { certificate: "/tls/cert.pem", key: "/keys/key.pem" };

/** A device with one more disk. */
export class MountedWorld extends RotationWorld {
  /** Where the disk is mounted. */
  mountPoint = "/keys";

  /** Unmounts the disk, as umount(8) does. */
  unmount(): void {
    this.files.disk = unmounted(this.files.disk, this.mountPoint);
  }

  /** Mounts it again. @param device its new device number. */
  mount(device = 7): void {
    this.files.disk = mounted(this.files.disk, this.mountPoint, device);
  }

  /** The files under the mount point. */
  get below(): readonly string[] {
    return namesBelow(this.files.disk, this.mountPoint);
  }
}

/** A device with its first pair, whose key or certificate is on a disk of its own. */
export async function mountedWorld(mountPoint: "/keys" | "/tls" = "/keys"): Promise<MountedWorld> {
  const signer = await commonSigner();
  const disk = withFileSystem(emptyDevice(signer, { "/keys/": {} }), mountPoint, 7);
  const world = new MountedWorld(signer, new SimulatedFileSystem(disk));
  world.mountPoint = mountPoint;
  world.configuration = { ...configured, paths: splitPaths };
  await world.rotate();
  world.runs.length = 0;
  world.events.length = 0;
  return world;
}
