# shellcheck shell=sh
# Brings the rest of the uploads to the bucket once the app writes there, and proves that nothing of the directory is missing
# or different. An app that goes on writing to the directory is named as that. It must not change the directory.

# Says which files of the directory are not in the bucket as they are: by their sizes, and by MD5 where S3 tells it and there are
# not too many. Prints JSON; their names are data and stay on the server.
compare() {
  python3 - "$HERE" "$PREFIX" "$FOLDER/listed" "$KEY" <<'PYTHON'
import hashlib, json, os, sys

here, prefix, listed, key = sys.argv[1:]
FEW = 10_000
with open(listed) as file:
    objects = {name[len(prefix):]: (size, tag.strip('"')) for name, size, tag, _ in json.load(file) or []}
files = [os.path.join(folder, name) for folder, _, names in os.walk(here, followlinks=True) for name in names]
missing, hashed, total = [], 0, 0
for path in files:
    name = os.path.relpath(path, here)
    size = os.path.getsize(path)
    total += size
    found = objects.get(name)
    if found is None or found[0] != size:
        missing.append(name)
    elif len(files) <= FEW and key == "" and len(found[1]) == 32:
        with open(path, "rb") as file:
            digest = hashlib.md5()
            while block := file.read(1 << 20):
                digest.update(block)
        hashed += 1
        if digest.hexdigest() != found[1]:
            missing.append(name)
with open(listed + ".different", "w") as file:
    file.writelines(f"{name}\n" for name in sorted(missing))
print(json.dumps({"different": len(missing), "files": len(files), "bytes": total, "hashed": hashed}))
PYTHON
}

if [ -z "$DIRECTORY" ]; then answer '{"files":0,"bytes":0,"hashed":0}'; fi
refuse_without_directory
doing 'copy the rest of the uploads'
left=4
while :; do
  : >"$FOLDER/mark"
  copy_up
  sleep 5
  new=$(find "$HERE" -type f -cnewer "$FOLDER/mark" | head -n 1)
  if [ -z "$new" ]; then break; fi
  left=$((left - 1))
  if [ $left -eq 0 ]; then
    fail "the app still writes to $DIRECTORY on the server, although it was reloaded: it must write to the bucket that the parameter storage/bucket names"
  fi
done
doing 'compare the directory with the bucket'
list_bucket >"$FOLDER/listed"
compare >"$FOLDER/compared"
read -r found <"$FOLDER/compared"
case $found in
  *'"different": 0,'*) answer "$found" ;;
esac
fail "not all uploads are in the bucket as they are on the server: $found; $FOLDER/listed.different on the server names those"
