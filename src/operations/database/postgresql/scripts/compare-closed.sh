# shellcheck shell=sh
# Compares what a copy has left, in a step of its own. It must not be run beside another copy or comparison.

# A copy that somebody cannot log in to who could is none. Passwords are not compared: nobody shows them.
refuse_missing_logins() {
  doing 'compare the roles'
  names=$(ask_source -c "$MOVED SELECT string_agg(quote_literal(rolname), ', ') FROM pg_roles JOIN moved USING (oid) WHERE rolcanlogin")
  missing=$(target_psql postgres -c "SELECT string_agg(name, ', ' ORDER BY name) FROM unnest(ARRAY[$names]::text[]) name WHERE name NOT IN (SELECT rolname FROM pg_roles WHERE rolcanlogin)")
  if [ -n "$missing" ]; then fail "VerificationMismatch: these roles log in on $SOURCE_NAME and cannot on $TARGET_NAME: $missing"; fi
}

reach_source
alone
reach_target
compare_databases
refuse_missing_logins
answer "{$COMPARISON}"
