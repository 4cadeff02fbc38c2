# shellcheck shell=sh
# Looks whether what users have uploaded can come from the bucket to a directory of the server: whether it is there, whether it has
# room, and whether it can hold every name. Everything that is wrong is said at once. It must not change anything.

# Prints what is in the bucket, and what is wrong with the directory, as JSON. Names are data and stay on the server.
LOOKING='
here, directory, prefix, listed = sys.argv[1:]
MARGIN = 1.2
MEBIBYTE = 1 << 20
with open(listed) as file:
    found = {key[len(prefix):]: size for key, size, *_ in json.load(file) or []}
objects = {name: size for name, size in found.items() if not (name.endswith("/") and size == 0) and name != ""}
wrong = []

def can_be(name):
    parts = name.split("/")
    if any(part in ("", ".", "..") or len(part.encode()) > 255 for part in parts):
        return False
    return not any("/".join(parts[:count]) in objects for count in range(1, len(parts)))

def missing(name, size):
    path = os.path.join(here, name)
    return size if not (os.path.isfile(path) and os.path.getsize(path) == size) else 0

def mebibytes(count):
    return -(-int(count) // MEBIBYTE)

total = sum(objects.values())
if objects and not directory:
    wrong.append(f"the bucket holds {len(objects)} files of users, and spec.transition.uploads.directory does not say to which directory of the server they are to come")
elif objects and not os.path.isdir(here):
    wrong.append(f"there is no directory {directory} on the server, spec.transition.uploads.directory: make it there, for the user that the app runs as, and have spec.compute.userData make it on every server that comes after it")
elif objects:
    room = os.statvfs(here)
    free = room.f_bavail * room.f_frsize
    needed = MARGIN * sum(missing(name, size) for name, size in objects.items())
    if needed > free:
        wrong.append(f"the uploads in the bucket need {mebibytes(needed)} MiB, with a fifth to spare, and {directory} on the server has {mebibytes(free)} MiB free: raise spec.compute.dataVolume.sizeGiB, or take files out of the bucket")
    if room.f_files and len(objects) * MARGIN > room.f_favail:
        wrong.append(f"the bucket holds {len(objects)} files, and {directory} on the server has room for {room.f_favail} more: raise spec.compute.dataVolume.sizeGiB, or take files out of the bucket")
unable = [name for name in objects if not can_be(name)]
if unable and directory:
    wrong.append(f"{len(unable)} objects in the bucket have names that no directory can hold, as one that is the name of a folder too, or has two slashes in a row: give them others")
print(json.dumps({"failed": "; ".join(wrong)} if wrong else {"files": len(objects), "bytes": total}))
'

doing 'list the bucket'
list_bucket >"$FOLDER/listed"
doing 'look at the directory'
python3 -c "$PYTHON$LOOKING" "$HERE" "$DIRECTORY" "$PREFIX" "$FOLDER/listed" >"$FOLDER/looked"
read -r found <"$FOLDER/looked"
case $found in
  '{"failed":'*) finish "$found" 1 ;;
esac
answer "$found"
