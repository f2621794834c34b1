#!/bin/bash
# Installs the packages for arm64 in a Debian 12 of that architecture, whose programs an emulator runs, and lets a worker run
# a check, alone and for the test core with the module. Needs root, debootstrap, qemu-user-static and Linux 6.7, whose
# user namespaces have emulators of their own: the machine's stay as they are.
#
#   arm64.sh FOLDER PACKAGES TESTCORE
#
# FOLDER is made and kept: its first run takes some ten minutes, which is the second stage of debootstrap.
set -euo pipefail
folder=$1 packages=$2 testcore=$3
emulator=$(command -v qemu-aarch64-static)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cat >"$scratch/enter" <<'END'
#!/bin/bash
# Becomes root of the new namespace's Debian. The first argument is a FIFO that says when the ids are mapped.
set -euo pipefail
read -r _ <"$1"
ip link set lo up
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
printf %s ":mod-gearman-arm64:M::$magic:$mask:$3:FOC" >/proc/sys/fs/binfmt_misc/register
mount -t proc proc "$2/proc"
mount --rbind /dev "$2/dev"
exec chroot "$2" /usr/bin/env -i container=lxc LC_ALL=C PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /bin/bash -c "$4"
END

# inside SCRIPT: runs it as root in the folder, without network
inside() {
  rm -f "$scratch/mapped"
  mkfifo "$scratch/mapped"
  unshare --user --mount --net --pid --fork --mount-proc bash "$scratch/enter" "$scratch/mapped" "$folder" "$emulator" "$1" &
  local outer=$! inner=
  until inner=$(pgrep -P "$outer"); do sleep 0.1; done
  echo '0 0 4294967295' >"/proc/$inner/uid_map"
  echo '0 0 4294967295' >"/proc/$inner/gid_map"
  echo >"$scratch/mapped"
  wait "$outer"
}

if [ ! -e "$folder/.made" ]; then
  rm -rf "$folder"
  debootstrap --arch=arm64 --foreign --variant=minbase --include=ca-certificates,perl-base,procps bookworm "$folder"
  inside '/debootstrap/debootstrap --second-stage'
  echo "127.0.0.1 localhost" >"$folder/etc/hosts"
  touch "$folder/.made"
fi
rm -rf "$folder/packages"
mkdir "$folder/packages"
cp "$packages"/*.deb "$folder/packages/"
install -m 0755 "$testcore" "$folder/usr/local/bin/mgm-testcore"
inside '
set -eu
uname -m
dpkg -i /packages/*.deb >/tmp/dpkg.log 2>&1 || { cat /tmp/dpkg.log; exit 1; }
install -d -o gearman /run/gearman
gearmand --user=gearman --listen=127.0.0.1 --log-file=stderr --pid-file=/run/gearman/gearmand.pid --daemon
setpriv --reuid=mod-gearman --regid=mod-gearman --init-groups mod_gearman_worker --config=/etc/mod-gearman/worker.conf --identifier=arm64 &
for i in $(seq 60); do check_gearman -H localhost -q worker_arm64 -s check >/dev/null && break; sleep 1; done
check_gearman -H localhost --self-test -q service --keyfile=/etc/mod-gearman/secret.key
mkdir -p /tmp/core
mgm-testcore --module=/usr/lib/mod_gearman/mod_gearman_ts.so \
  --args="config=/etc/mod-gearman/module.conf bridge_command=/usr/bin/mod_gearman_bridge" --hosts=1 --services=1 \
  --interval=2 --duration=40 --command="/bin/uname -m" --status-file=/tmp/core/status.dat --log=/tmp/core/core.log ||
  { tail /tmp/core/core.log; exit 1; }
grep "initialized version" /tmp/core/core.log
check_gearman -H localhost -q worker_arm64 -s check
sed -n "/^servicestatus/,/}/p" /tmp/core/status.dat | grep "plugin_output=aarch64"
dpkg -P mod-gearman-ts mod-gearman-ts-module mod-gearman-ts-worker mod-gearman-ts-server mod-gearman-ts-tools mod-gearman-ts-runtime >/dev/null
'
