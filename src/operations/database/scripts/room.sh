# shellcheck shell=sh
# How much room there is for files. It must change nothing.

# Room for files below a folder that is there, or will be made.
free_bytes() {
  place=$1
  until [ -z "$place" ] || [ -d "$place" ]; do place=${place%/*}; done
  df -Pk "${place:-/}" | awk 'END { printf "%.0f", $4 * 1024 }'
}

# The file system that a folder is on.
device() {
  place=$1
  until [ -z "$place" ] || [ -d "$place" ]; do place=${place%/*}; done
  df -Pk "${place:-/}" | awk 'END { print $1, $6 }'
}

# How many times the size of the database a way back needs where the dump lies, and where the data do: times_needed <folder of the data>.
# A dump needs up to 1.2 times, the copy and what is written for its safety up to 1.3 times.
times_needed() {
  if [ "$(device "$ROOT$SCRATCH")" = "$(device "$1")" ]; then echo 2.5 0; else echo 1.2 1.3; fi
}

