# shellcheck shell=sh
# The frame of every script that the operator sends to a server: Systems Manager may start a command twice, cut it off or
# lose its answer, so one operation runs once at a time, its answer is kept, and a second run prints the answer of the
# first. A script ends with `answer` or `fail`; one that is cut off leaves no answer and is run again.
# It must not know what any step does, and must not let a secret into an argument, an answer or an error.
set -eu
umask 077
LC_ALL=C.UTF-8 PYTHONUTF8=1 AWS_PAGER=''
export LC_ALL PYTHONUTF8 AWS_PAGER

ROOT=${SCALINGTIER_ROOT:-}
STATE=$ROOT/var/lib/scalingtier
case $OPERATION in
  '' | *[!0-9a-f]*)
    echo "the operation's id is not hexadecimal: $OPERATION" >&2
    exit 64
    ;;
esac
FOLDER=$STATE/operations/$OPERATION
# What takes an operation back has an answer of its own, one for each time that it is tried.
ANSWER=$FOLDER/answer${UNDO:+-undo-$UNDO}.json
DOING='begin'

# What a killed run left running still holds the lock, and is waited for.
mkdir -p "$FOLDER"
exec 9>"$FOLDER/lock"
flock 9

# The kept answer; the exit code says whether it is a failure.
repeat() {
  cat "$ANSWER"
  case $(cat "$ANSWER") in
    '{"failed":'*) exit 1 ;;
    *) exit 0 ;;
  esac
}
if [ -e "$ANSWER" ]; then repeat; fi
# Whatever of the operation comes later finds that it is over.
if [ -n "$UNDO" ]; then
  echo '{"failed":"it was taken back"}' >"$FOLDER/answer.new"
  mv -f "$FOLDER/answer.new" "$FOLDER/answer.json"
  sync "$FOLDER"
fi

# From here on errors are kept in a file, because they may quote data that belongs in no status.
exec 3>&2 2>"$FOLDER/stderr"

# Says to people how far it is.
progress() { printf 'progress: %s\n' "$1"; }

# Says what begins now; an unexpected error is reported with these words.
doing() {
  DOING=$1
  progress "$1"
}

# A text as a JSON string.
json() { printf '%s' "$1" | python3 -c 'import json, sys; print(json.dumps(sys.stdin.buffer.read().decode("utf-8", "replace")))'; }

# Keeps an answer for good, prints it last, and ends.
finish() {
  printf '%s\n' "$1" >"$ANSWER.new"
  sync "$ANSWER.new"
  mv -f "$ANSWER.new" "$ANSWER"
  sync "$FOLDER"
  trap - EXIT
  printf '%s\n' "$1"
  exit "$2"
}

# Ends well, with a JSON object.
answer() { finish "$1" 0; }

# What a step puts back before it fails; redefined by those that have something to put back.
undo() { :; }

# Ends for good with words for people.
fail() {
  undo || progress 'not everything could be put back'
  finish "{\"failed\":$(json "$1")}" 1
}

# The errors of the last commands: those lines that name one, without statements, rows and password hashes.
said() {
  lines=$(grep -E '(ERROR|FATAL|PANIC|[Ee]rror|[Ff]atal|not found|denied):?' "$FOLDER/stderr" | grep -Ev '^(DETAIL|CONTEXT|LINE [0-9]+|STATEMENT|Command was):') ||
    lines=$(tail -n 5 "$FOLDER/stderr")
  printf '%s' "$lines" | sed -e 's/SCRAM-SHA-256[^ ]*/.../g' -e 's/md5[0-9a-f]\{32\}/.../g' | tail -c 600
}

# Whether the machine is on its way down: then the error is no error of the step's.
going_down() { [ -d "$ROOT/run/systemd/system" ] && [ "$(systemctl is-system-running)" = stopping ]; }

unexpected() {
  status=$?
  trap - EXIT
  if [ -e "$ANSWER" ]; then repeat; fi
  # A command that ended with more than 128 was killed. Who kills all of them may not have come to this shell yet.
  [ "$status" -gt 128 ] || sleep 1
  if [ "$status" -gt 128 ] || going_down; then
    echo "$STEP: cut off at: $DOING" >&3
    exit "$status"
  fi
  fail "$STEP: cannot $DOING: $(said)"
}
trap unexpected EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Asks AWS. Rights of the server's role may be seconds old, so that being refused is waited out for a minute.
ask_aws() {
  asks_left=20
  until aws "$@" 2>"$FOLDER/aws"; do
    cat "$FOLDER/aws" >&2
    asks_left=$((asks_left - 1))
    if [ $asks_left -eq 0 ] || ! grep -Eq 'AccessDenied|not authorized|Throttl|TooManyRequests|RequestLimitExceeded|locate credentials' "$FOLDER/aws"; then
      return 1
    fi
    sleep 3
  done
}

# Reads a secret of Secrets Manager, JSON with `username` and `password`, into SECRET_USER and SECRET_PASSWORD. They are not
# exported: a program that needs the password gets it in its environment alone.
secret() {
  doing 'read the secret of the database'
  text=$(ask_aws secretsmanager get-secret-value --secret-id "$1" --output json)
  SECRET_USER=$(printf '%s' "$text" | secret_field username)
  SECRET_PASSWORD=$(printf '%s' "$text" | secret_field password)
  unset text
  if [ -z "$SECRET_USER" ] || [ -z "$SECRET_PASSWORD" ]; then fail "the secret $1 lacks a user name or a password"; fi
}
secret_field() {
  python3 -c '
import json, sys
sys.tracebacklimit = 0
print(json.loads(json.load(sys.stdin)["SecretString"]).get(sys.argv[1], ""))' "$1"
}
