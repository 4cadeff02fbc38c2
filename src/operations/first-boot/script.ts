/**
 * The shell scripts that a server runs when it boots, as text: the data volume is found, formatted only when it is blank,
 * mounted and grown, and the user's own scripts start only after that. They must never change a volume that holds
 * anything but what they made, and must change nothing when run again. No file is read at run time.
 */

/** Label of the file systems that the script makes. */
export const FILE_SYSTEM_LABEL = 'scalingtier';

/** What one server's script depends on; every value is checked by the caller, because it becomes part of a shell script. */
export interface ScriptOptions {
  readonly mountPath: string;
  readonly deviceName: string;
  readonly volumeID: string;
}

// Comments and indentation are for readers of the source; EC2's room is for the user.
function compact(script: string): string {
  return script
    .replaceAll(/^ *# .*\n/gm, '')
    .replaceAll(/^ +/gm, '')
    .replaceAll(/\n+/g, '\n');
}

// Backslashes and `$NAME` are the shell's; braces are avoided, so that only the options are substituted here.
// SCALINGTIER_ROOT and SCALINGTIER_WAIT are unset on a server: they let the script run on a folder of one's own.
/**
 * Prepares the data volume. It runs at every boot; it exits 0 with `/run/scalingtier/data-volume-ready` written, or says
 * why not and leaves the mount point unwritable, so that no database can start on the root disk by mistake.
 */
export const dataVolumeScript = ({ mountPath, deviceName, volumeID }: ScriptOptions): string =>
  compact(String.raw`#!/bin/sh
# Finds, formats if and only if blank, mounts and grows the data volume. Runs at every boot, before the user's own part.
VOLUME='${volumeID}'
MOUNT='${mountPath}'
NAMES='${deviceName} ${deviceName.replace('/sd', '/xvd')}'
ROOT=$SCALINGTIER_ROOT
WAIT=$SCALINGTIER_WAIT
[ -n "$WAIT" ] || WAIT=600
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
TARGET=$ROOT$MOUNT
SERIAL=$(echo "$VOLUME" | tr -d -)
RUN=$ROOT/run/scalingtier
READY=$RUN/data-volume-ready
STARTED=$ROOT/var/lib/scalingtier/formatting-$VOLUME
FSTAB=$ROOT/etc/fstab
MIB=1048576
ZEROS=30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58

say() {
  echo "scalingtier: data volume $VOLUME: $*" >&2
  if [ -w "$ROOT/dev/console" ]; then echo "scalingtier: data volume $VOLUME: $*" >>"$ROOT/dev/console"; fi
}

refuse() {
  say "REFUSED: $*"
  say "nobody can write at $MOUNT and the user's own scripts do not run; put it right, then reboot"
  exit 1
}

serial() { cat "$ROOT/sys/block/$1/device/serial" 2>/dev/null | tr -d ' -'; }

# An EBS volume on NVMe carries its id as serial; elsewhere it has the name that it was attached under.
find_device() {
  for block in "$ROOT"/sys/block/*; do
    name=$(basename "$block")
    device=$ROOT/dev/$name
    if [ "$(serial "$name")" = "$SERIAL" ] && [ -e "$device" ]; then return 0; fi
  done
  device=$(readlink -e "$ROOT/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_$SERIAL") && return 0
  for name in $NAMES; do
    device=$(readlink -e "$ROOT$name") || continue
    case $(serial "$(basename "$device")") in
      vol*) ;; # says of itself that it is another volume
      *) return 0 ;;
    esac
  done
  return 1
}

probe() { blkid -p -o value -s "$1" "$device"; }

zeros_at() { [ "$(dd if="$device" iflag=skip_bytes,fullblock bs=$MIB skip="$1" count=1 2>/dev/null | sha256sum)" = "$ZEROS  -" ]; }

# No signature of any kind, and nothing but zeros at the start, at the end and at 15 places between.
blank() {
  [ -z "$(wipefs -n "$device" 2>&1)" ] || return 1
  size=$(blockdev --getsize64 "$device") || return 1
  [ "$size" -gt $MIB ] || return 1
  step=0
  while [ $step -le 16 ]; do
    zeros_at $(((size - MIB) * step / 16)) || return 1
    step=$((step + 1))
  done
}

# A format that a power cut interrupted leaves neither zeros nor a file system. The record, written while the volume was
# proven blank, tells that apart from somebody's data.
format() {
  if [ ! -e "$STARTED" ]; then
    blank || refuse "it holds data that is no file system and is not blank; it will not be formatted"
    mkdir -p "$(dirname "$STARTED")" && : >"$STARTED" && sync || refuse "cannot write $STARTED"
  fi
  say "blank: making an ext4 file system"
  mkfs.ext4 -q -L ${FILE_SYSTEM_LABEL} "$device" </dev/null >&2 || refuse "mkfs.ext4 failed"
  type=ext4
  sync
}

check() {
  type=$(probe TYPE)
  case $? in
    0) ;;
    2) format ;;
    *) refuse "blkid cannot tell what it holds, or it holds several things at once" ;;
  esac
  table=$(probe PTTYPE)
  [ -z "$table" ] || refuse "it holds a partition table ($table); only a file system on the whole volume is mounted"
  case $type in
    ext4 | xfs) ;;
    *) refuse "it holds $type, which is neither ext4 nor xfs" ;;
  esac
}

# While nothing is mounted there nobody may write there: not even root, where the file system knows how.
guard() {
  [ ! -L "$TARGET" ] || refuse "$MOUNT is a symbolic link"
  mkdir -p "$TARGET" || refuse "cannot make the folder $MOUNT"
  [ -z "$(ls -A "$TARGET")" ] || refuse "$MOUNT on the root disk is not empty; mounting would hide what is there"
  chmod 000 "$TARGET" 2>/dev/null
  chattr +i "$TARGET" 2>/dev/null || say "$MOUNT on the root disk cannot be made immutable"
}

mounted() { findmnt -n -o SOURCE --mountpoint "$TARGET" | tail -n 1; }

attach() {
  source=$(mounted)
  if [ -n "$source" ]; then
    [ "$(readlink -f "$source")" = "$(readlink -f "$device")" ] || refuse "$source is mounted at $MOUNT in its place"
    type=$(probe TYPE)
    remember
    return
  fi
  check
  remember || say "cannot write $FSTAB; this script mounts it again at the next boot"
  mount -t "$type" "$device" "$TARGET" || refuse "its $type file system cannot be mounted"
}

# One line of ours, found by its own option; everybody else's lines stay as they are.
remember() {
  uuid=$(probe UUID)
  options=defaults,nofail,x-systemd.device-timeout=90s,x-systemd.before=local-fs.target,x-scalingtier.data-volume
  {
    [ ! -e "$FSTAB" ] || grep -v 'x-scalingtier\.data-volume' "$FSTAB"
    echo "UUID=$uuid $MOUNT $type $options 0 2"
  } >"$FSTAB.scalingtier"
  if cmp -s "$FSTAB.scalingtier" "$FSTAB"; then rm -f "$FSTAB.scalingtier"; return; fi
  chmod 644 "$FSTAB.scalingtier" && mv -f "$FSTAB.scalingtier" "$FSTAB" && sync || return 1
  # Else systemd would go by the line of before, and unmount again what that line does not name.
  if command -v systemctl >/dev/null; then systemctl daemon-reload; fi
}

grow() {
  case $type in
    ext4) resize2fs "$device" >&2 ;;
    xfs) xfs_growfs "$TARGET" >&2 ;;
  esac
}

umask 022
mkdir -p "$RUN"
exec 9>"$RUN/lock" && flock 9 || refuse "cannot lock $RUN/lock"
rm -f "$READY"
[ -n "$(mounted)" ] || guard
until find_device; do
  [ "$WAIT" -gt 0 ] || refuse "it was not attached in time"
  WAIT=$((WAIT - 1))
  sleep 1
done
attach
rm -f "$STARTED"
grow || say "the file system could not be grown to the size of the volume"
if command -v restorecon >/dev/null; then restorecon "$TARGET"; fi
: >"$READY" && say "ready: $type on $device at $MOUNT"
`);

/**
 * Stands before the user's own scripts in cloud-init's folder of scripts, which runs in the order of names and does not
 * stop at a failure. Without the data volume it takes the permission to run from the others, and cloud-init's note that
 * they have run, so that the next boot tries again; with it, it gives the permission back.
 */
export const GATE_SCRIPT = compact(`#!/bin/sh
# Lets the user's own scripts run only when the data volume is mounted.
here=$(dirname "$0")
if [ -e "$SCALINGTIER_ROOT/run/scalingtier/data-volume-ready" ]; then
  chmod u+x "$here"/*
  exit 0
fi
for script in "$here"/*; do
  [ "$script" = "$0" ] || chmod a-x "$script"
done
rm -f "$here/../sem/config_scripts_user"
echo "scalingtier: the data volume is not ready: the user's own scripts do not run" >&2
exit 1
`);
