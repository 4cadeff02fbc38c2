# shellcheck shell=sh
# shellcheck disable=SC2034 # The rehearsals use what is set here.
# For how long the app will be without its database, from what a rehearsal took. Rehearsals of all engines share it, and it must
# not know one.

# Refuses what may take longer than it is allowed to: foretell <seconds of the copy> <seconds of the comparison>. Sets
# FORETOLD, to what is to be expected, as members of a JSON object.
foretell() {
  expected=$(($1 + $2 + SECONDS_BESIDES))
  most=$((($1 + $2) * 3 / 2 + SECONDS_BESIDES))
  if [ "$most" -gt "$SECONDS_ALLOWED" ]; then
    fail "copying the database took $1 s in the rehearsal and comparing it $2 s; with $SECONDS_BESIDES s for the steps themselves the app would be without it for $expected s, and up to $most s if it takes half as long again; $SECONDS_ALLOWED s are allowed: raise spec.transition.dataMigration.maxWriteDowntimeSeconds to $most or more"
  fi
  FORETOLD="\"seconds\":$1,\"compareSeconds\":$2,\"expectedInterruptionSeconds\":$expected"
}
