# shellcheck shell=sh
# Brings the rest of the uploads to the bucket once the app writes there, and proves that nothing of the directory is missing
# or different. What the app has put into the bucket, or taken out of it, since it was sent there is the truth and is left alone. An
# app that goes on writing to the directory is named as that. It must not change the directory.

# Compares the directory with the bucket: by sizes, and by MD5 where S3 tells it and there are not too many files. Of what is missing
# or different it makes a folder of links, for the next copy. Prints JSON; names are data and stay on the server.
compare() {
  python3 -c "$PYTHON$COMPARISON" "$HERE" "$BUCKET" "$PREFIX" "$FOLDER/listed" "$KEY" "$COPIED" "$MARK" "$FOLDER/rest"
}
COMPARISON='
here, bucket, prefix, listed, kms, copied, mark, rest = sys.argv[1:]
FEW = 10_000
with open(listed) as file:
    objects = {name[len(prefix):]: (size, tag.strip("\"")) for name, size, tag, _ in json.load(file) or []}
with open(copied) as file:
    known = set(file.read().splitlines())
files = [os.path.relpath(os.path.join(folder, name), here) for folder, _, names in os.walk(here, followlinks=True) for name in names]
files = [name for name in files if os.path.isfile(os.path.join(here, name))]
hashed, total, different = 0, 0, []

def is_same(path, found):
    global hashed
    if found[0] != os.path.getsize(path):
        return False
    if len(files) > FEW or kms != "" or len(found[1]) != 32:
        return True
    hashed += 1
    return md5_of(path) == found[1]

for name in files:
    path = os.path.join(here, name)
    total += os.path.getsize(path)
    found = objects.get(name)
    # It was in the bucket, and the app has deleted it since.
    if found is None and name in known:
        continue
    if found is None or (not is_same(path, found) and is_ours(bucket, prefix + name, mark)):
        different.append(name)
for name in different:
    link = os.path.join(rest, name)
    os.makedirs(os.path.dirname(link), exist_ok=True)
    os.symlink(os.path.join(here, name), link)
print(json.dumps({"different": len(different), "files": len(files), "bytes": total, "hashed": hashed}))
'

look() {
  rm -rf "$FOLDER/rest"
  mkdir "$FOLDER/rest"
  list_bucket >"$FOLDER/listed"
  compare >"$FOLDER/compared"
  read -r found <"$FOLDER/compared"
}

if [ -z "$DIRECTORY" ]; then answer '{"files":0,"bytes":0,"hashed":0}'; fi
refuse_without_directory
[ -e "$COPIED" ] || fail 'the server is not the one that the uploads were copied from: another has come in its place; the move begins anew'
rounds=4
while :; do
  doing 'compare the directory with the bucket'
  : >"$FOLDER/mark"
  look
  case $found in
    *'"different": 0,'*)
      sleep 5
      if [ -z "$(find -L "$HERE" -type f -cnewer "$FOLDER/mark" | head -n 1)" ]; then break; fi
      ;;
    *)
      doing 'copy the rest of the uploads'
      ask_aws s3 cp "$FOLDER/rest" "$THERE" --recursive --only-show-errors --no-progress --metadata "$MARK=copied"
      (cd "$FOLDER/rest" && find -L . -type f) | sed 's|^\./||' >>"$SETTLED"
      ;;
  esac
  rounds=$((rounds - 1))
  if [ $rounds -eq 0 ]; then
    fail "the app still writes to $DIRECTORY on the server, although it was reloaded, or what it holds does not come to the bucket as it is: $found; it must write to the bucket that the parameter storage/bucket names"
  fi
done
answer "$found"
