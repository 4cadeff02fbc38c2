/** What concerns the app itself, as scripts that run on the server. Generated from scripts/*.sh by scripts/generate-scripts.ts; it must not be edited. */

/** Has the app read its parameters anew. */
export const RELOAD = `# shellcheck shell=sh\n# Has the app read its parameters anew, by the command that the user gave for that. Without one the app does so by itself. It must\n# be harmless to run it twice: the command is one that may run at any time.\n\ndoing 'reload the app'\nif [ -z "$RELOAD" ]; then answer '{"reloaded":false}'; fi\n# What a command that starts a service leaves running must not hold the lock.\nif ! sh -c "$RELOAD" 3>&- 9>&- >"$FOLDER/output" 2>&1; then\n  fail "\\"$RELOAD\\" failed: $(tail -c 500 "$FOLDER/output")"\nfi\nanswer '{"reloaded":true}'\n`;
