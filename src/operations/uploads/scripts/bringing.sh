# shellcheck shell=sh
# shellcheck disable=SC2034 # Its steps use what is counted here.
# How what the app has put into the bucket comes to the directory, many objects at a time, and each whole or not at all. Of a file that
# both have, the newer one stays: the app may use the directory already. It must write nowhere else, whatever an object is called.

# Fewer than so many are little.
LITTLE=5

# Brings what was put there since $1. What bears the mark $2 was put there by us and is left; none does where that is empty, and nothing
# that the server does not know to have been copied is asked for it. The file $3
# knows what was brought: each version of an object is brought once, and what the app has deleted in the bucket since goes from the
# directory too. Where that is empty, nothing is known, and nothing goes. What no directory can hold is counted and left.
bring_back() {
  python3 -c "$PYTHON$KNOWING$BRINGING" "$HERE" "$BUCKET" "$PREFIX" "$FOLDER/listed" "$1" "$2" "$3" "$COPIED" "$SETTLED" "$STAGED" "$PART" >"$FOLDER/brought"
  read -r brought kept <"$FOLDER/brought"
}

# Brings so again and again until little comes meanwhile, or no less than before: once the app is reloaded its users miss whatever is not
# there yet. Counts all that was brought.
bring_most() {
  all=0 last=
  while :; do
    list_bucket >"$FOLDER/listed"
    bring_back "$@"
    all=$((all + brought))
    if [ "$brought" -lt $LITTLE ] || [ "$brought" -ge "${last:-$((brought + 1))}" ]; then break; fi
    last=$brought
  done
  brought=$all
}

# By the name of an object, the version that was brought, by its tag and the time in S3, and the time of the file since.
KNOWING='
def known_in(path):
    if not path or not os.path.exists(path):
        return {}
    with open(path) as file:
        return json.load(file)

def keep_known(path, known):
    if not path:
        return
    with open(path + ".new", "w") as file:
        json.dump(known, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)

def drop_deleted(here, known, names):
    for name in [name for name in known if name not in names]:
        path = os.path.join(here, name)
        # What the app has written since is its own.
        if os.path.isfile(path) and int(os.path.getmtime(path)) == known[name][2]:
            os.unlink(path)
        del known[name]
'
BRINGING='
import glob, shutil

here, bucket, prefix, listed, since, mark, record, copied, settled, STAGED, PART = sys.argv[1:]
# The clocks of the server and of S3 are not the same one.
MARGIN = datetime.timedelta(minutes=5)
# A call takes about as long as it takes to list so many objects, and a call for several objects lists all of them.
LISTED, MOST = 10_000, 100
with open(listed) as file:
    objects = json.load(file) or []
root, brought, kept = os.stat(here), 0, 0
known = known_in(record)

def names_in(path):
    if not os.path.exists(path):
        return set()
    with open(path) as file:
        return set(file.read().splitlines())

# A server that came in the place of another does not know.
ours = names_in(copied) | names_in(settled) if os.path.exists(copied) else None

def make_folder(folder):
    if os.path.isdir(folder):
        return
    make_folder(os.path.dirname(folder))
    os.mkdir(folder)
    os.chown(folder, root.st_uid, root.st_gid)
    os.chmod(folder, root.st_mode & 0o7777)

# What does not come so comes by itself.
def stage(names):
    shutil.rmtree(STAGED, ignore_errors=True)
    if len(names) > 1 + len(objects) // LISTED:
        wanted = [f"--include={glob.escape(name)}" for name in names]
        there = ["s3", "cp", f"s3://{bucket}/{prefix}", STAGED, "--recursive", "--exclude=*", *wanted]
        subprocess.run(["aws", *there, "--only-show-errors", "--no-progress"], stdout=subprocess.PIPE)

def fetch(name, part):
    staged = os.path.join(STAGED, name)
    # Another volume may be mounted in the directory.
    if os.path.isfile(staged) and os.stat(staged).st_dev == os.stat(os.path.dirname(part)).st_dev:
        os.replace(staged, part)
    else:
        aws("s3", "cp", f"s3://{bucket}/{prefix}{name}", part, "--only-show-errors", "--no-progress")

# S3 counts in seconds.
def is_newer(path, modified):
    return os.path.exists(path) and int(os.path.getmtime(path)) > time(modified).timestamp()

# Whether it came: the app may have written another one meanwhile.
def bring(name, path, modified):
    make_folder(os.path.dirname(path))
    part = os.path.join(os.path.dirname(path), PART)
    fetch(name, part)
    os.chown(part, root.st_uid, root.st_gid)
    os.chmod(part, 0o644)
    # Newer than the object, which is so not brought twice.
    os.utime(part, (time(modified).timestamp() + 1,) * 2)
    if is_newer(path, modified):
        os.unlink(part)
        return False
    os.rename(part, path)
    return True

def is_inside(path):
    return os.path.realpath(path).startswith(os.path.realpath(here) + os.sep)

# Whatever is newer, or was brought, or is there with the same content, need not come.
def is_wanted(key, size, tag, modified):
    name = key[len(prefix):]
    path = os.path.join(here, name)
    # What ends in a slash stands for a folder.
    if key.endswith("/") or time(modified) < time(since) - MARGIN:
        return False
    if known.get(name, [])[:2] == [tag, modified]:
        return False
    if is_newer(path, modified):
        return False
    if not mark or (ours is not None and name not in ours):
        return True
    same = os.path.isfile(path) and os.path.getsize(path) == size and md5_of(path) == tag.strip("\"")
    return not same and not is_ours(bucket, key, mark)

found = [(key[len(prefix):], tag, modified) for key, size, tag, modified in objects if is_wanted(key, size, tag, modified)]
inside = [entry for entry in found if is_inside(os.path.join(here, entry[0]))]
kept += len(found) - len(inside)
for at in range(0, len(inside), MOST):
    chunk = inside[at:at + MOST]
    stage([name for name, *_ in chunk])
    for name, tag, modified in chunk:
        path = os.path.join(here, name)
        try:
            if not is_inside(path):
                raise OSError
            if bring(name, path, modified):
                known[name] = [tag, modified, int(os.path.getmtime(path))]
                brought += 1
        except OSError:
            kept += 1
shutil.rmtree(STAGED, ignore_errors=True)
drop_deleted(here, known, {key[len(prefix):] for key, *_ in objects})
keep_known(record, known)
print(brought, kept)
'

reload() {
  if [ -z "$RELOAD" ]; then return; fi
  doing 'reload the app'
  sh -c "$RELOAD" 3>&- 9>&- >"$FOLDER/output" 2>&1 ||
    fail "\"$RELOAD\" ended with code $?; what it printed is in $FOLDER/output on the server"
}

