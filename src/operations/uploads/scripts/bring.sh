# shellcheck shell=sh
# shellcheck disable=SC2154 # What is brought is counted in bringing.sh.
# Has the app use the directory of the server in place of the bucket, once the parameters name none any more: brings what was uploaded
# since the last copy, reloads the app, brings what it has put into the bucket until then, and proves that all of it is there. What the
# app has written to the directory, or deleted there, since it was reloaded is the truth and is left alone. It must not change the
# bucket, and must be harmless to run again after it was cut off anywhere.

# Compares what was brought, and what the app has left as it was, with the bucket: by size, and by MD5 where S3 tells it and there are not
# too many files. What is different is no longer known, so that it is brought again. Prints JSON; names stay on the server.
COMPARISON='
here, prefix, listed, kms, record = sys.argv[1:]
FEW = 10_000
with open(listed) as file:
    objects = [(key[len(prefix):], size, tag.strip("\""), tag, modified) for key, size, tag, modified in json.load(file) or [] if not key.endswith("/")]
known = known_in(record)
files, hashed, total, different = 0, 0, 0, 0

def is_same(path, size, tag):
    global hashed
    if os.path.getsize(path) != size:
        return False
    if len(objects) > FEW or kms != "" or len(tag) != 32:
        return True
    hashed += 1
    return md5_of(path) == tag

for name, size, digest, tag, modified in objects:
    path = os.path.join(here, name)
    entry = known.get(name)
    # What the app has deleted or written since is its own.
    if entry is None or entry[:2] != [tag, modified] or not os.path.isfile(path) or int(os.path.getmtime(path)) != entry[2]:
        continue
    files += 1
    total += size
    if not is_same(path, size, digest):
        different += 1
        del known[name]
        # Older than the object, so that it counts as not brought.
        os.utime(path, (0, 0))
keep_known(record, known)
print(json.dumps({"different": different, "files": files, "bytes": total, "hashed": hashed}))
'

# How an object is listed does not change as long as nobody writes it.
same_listing() { [ -e "$FOLDER/before" ] && cmp -s "$FOLDER/before" "$FOLDER/listed"; }

doing 'wait until the parameters name no bucket any more'
left=60
while ask_aws ssm get-parameter --name "$POINTER" --query Parameter.Value --output text >/dev/null; do
  left=$((left - 1))
  if [ $left -eq 0 ]; then fail "the parameter $POINTER still names a bucket"; fi
  sleep 2
done
grep -q ParameterNotFound "$FOLDER/aws"
if [ -z "$DIRECTORY" ]; then
  reload
  answer '{"files":0,"bytes":0,"hashed":0,"left":0}'
fi
refuse_without_directory
doing 'bring what was uploaded to the bucket before the app is reloaded'
bring_most "$LONG_AGO" "" "$BROUGHT"
reload
# An app that looks at its parameters by itself does so some time later.
quiet=5
if [ -z "$RELOAD" ]; then quiet=120; fi
rounds=8
rm -f "$FOLDER/before"
while :; do
  doing 'bring what was uploaded to the bucket until the app was reloaded'
  list_bucket >"$FOLDER/listed"
  bring_back "$LONG_AGO" "" "$BROUGHT"
  python3 -c "$PYTHON$KNOWING$COMPARISON" "$HERE" "$PREFIX" "$FOLDER/listed" "$KEY" "$BROUGHT" >"$FOLDER/compared"
  read -r found <"$FOLDER/compared"
  case $found in
    *'"different": 0,'*) if same_listing; then break; fi ;;
  esac
  rounds=$((rounds - 1))
  if [ $rounds -eq 0 ]; then
    fail "the app still uploads to the bucket, although it was reloaded, or what is there does not come to $DIRECTORY on the server as it is: $found; without the parameter storage/bucket it must write to the directory"
  fi
  mv -f "$FOLDER/listed" "$FOLDER/before"
  sleep $quiet
done
answer "${found%\}}, \"left\": $kept}"
