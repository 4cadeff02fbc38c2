# shellcheck shell=sh
# Which extensions of the source the target does not have. It must change nothing.

missing_extensions() {
  names=$(ask_source -c "SELECT string_agg(quote_literal(extname), ', ') FROM pg_extension")
  target_psql postgres -c "SELECT string_agg(name, ', ') FROM unnest(ARRAY[$names]::text[]) name WHERE name NOT IN (SELECT name FROM pg_available_extensions)"
}

refuse_missing_extensions() {
  missing=$(missing_extensions)
  if [ -n "$missing" ]; then
    fail "PostgreSQL $TARGET_MAJOR on $TARGET_NAME does not offer these extensions: $missing; drop them, or $OFFER_MORE"
  fi
}
