#!/bin/sh
# Boots systemd as PID 1 of new namespaces, on an overlay of this machine's root, and has it run a script there.
# Nothing on the machine itself is changed.
#
#   unshare --mount --pid --net --cgroup --uts --ipc --fork --kill-child sh booted_systemd.sh DIRECTORY
#
# DIRECTORY holds script.sh, and the files that it needs in files/, which it finds in /boot-test/files. Its output
# is in DIRECTORY/output once DIRECTORY/done exists. It runs until it is killed.
set -e
directory=$1
base=$directory/base root=$directory/base/root
mkdir -p "$base"
mount -t tmpfs tmpfs "$base"
mkdir "$base/upper" "$base/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for name in run dev; do mount -t tmpfs tmpfs "$root/$name"; done
for device in null zero full random urandom tty; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
# A unit with PrivateDevices= needs it.
ln -s pts/ptmx "$root/dev/ptmx"

# None of the machine's own units may be started.
rm -f "$root"/etc/systemd/system/*.wants/*
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
mkdir -p "$root/etc/systemd/system/default.target.wants" "$root/boot-test"
cp -r "$directory/script.sh" "$directory/files" "$root/boot-test/"
cat >"$root/etc/systemd/system/default.target" <<'UNIT'
[Unit]
Requires=basic.target
After=basic.target
UNIT
cat >"$root/etc/systemd/system/boot-test.service" <<'UNIT'
[Unit]
After=basic.target
[Service]
Type=oneshot
ExecStart=/bin/sh /boot-test/script.sh
ExecStopPost=/bin/touch /boot-test/done
TimeoutStartSec=120s
StandardOutput=file:/boot-test/output
StandardError=inherit
UNIT
ln -s ../boot-test.service "$root/etc/systemd/system/default.target.wants/"

(
  until [ -e "$root/boot-test/done" ]; do sleep 0.1; done
  cp "$root/boot-test/output" "$directory/output"
  : >"$directory/done"
) &
# As systemd itself does outside of containers: a unit's credentials are mounted elsewhere, and have to reach it.
mount --make-rshared "$root"
exec chroot "$root" /lib/systemd/systemd --system --log-level=warning --log-target=null
