# shellcheck shell=sh
# What two sides differ in, in words: lines of a sort, a name and a value, separated by tabs, of `rows` the number and a checksum. It must
# say nothing of the data but counts.

# The first five differences, in words.
differences() {
  awk -F '\t' -v here="on $SOURCE_NAME" -v there="on $TARGET_NAME" '
    function say(words) { if (++found <= 5) print words }
    function label(key) { split(key, part, FS); return part[1] == "rows" ? part[2] : part[1] " " part[2] }
    { key = $1 FS $2 }
    FNR == NR { source[key] = $0; next }
    !(key in source) { say(label(key) ": only " there); next }
    {
      split(source[key], was, FS)
      if (source[key] == $0) { }
      else if ($1 == "rows" && was[3] != $3) say(label(key) ": " was[3] " " here ", " $3 " " there)
      else if ($1 == "rows") say(label(key) ": the contents differ, " $3 " on both")
      else if ($1 == "next value") say(label(key) ": " was[3] " " here ", " $3 " " there)
      else say(label(key) ": differs")
      delete source[key]
    }
    END {
      for (key in source) say(label(key) ": only " here)
      if (found > 5) print "and " found - 5 " more"
    }' "$FOLDER/source" "$FOLDER/target" | awk '{ printf "%s%s", (NR > 1 ? "; " : ""), $0 }'
}

