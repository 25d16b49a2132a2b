#!/bin/bash
# Tries the judge of an editor's morning:  selftest_morning.sh PRESSRUN
# It must pass the real program, and refuse it for each fault that is put between it and the
# browser, or into the mail server. NODE_PATH is that of npm.sh.
set -eu
program=$(realpath "$1")
cd "$(dirname "$0")"
output=$(mktemp)
trap 'rm -f "$output"' EXIT
failed=0

# expect SCENE BREAK WANT...: plays a scene with something spoiled, "" for nothing. WANT is
# "pass", or each of what the judge must say when it refuses.
expect() {
    local scene=$1 break=$2 got=refuse want
    shift 2
    ./morning.js "$program" --scene "$scene" --patience 30 ${break:+--break "$break"} > "$output" 2>&1 && got=pass
    # A judge that broke down has not judged: its closing line is missing.
    grep -q '^morning: 1 scenes' "$output" || got="no verdict"
    for want; do
        if [ "$got" = "$want" ] || { [ "$got" = refuse ] && grep -q -- "$want" "$output"; }; then
            echo "  morning: $scene${break:+, spoiled by $break}: $want"
        else
            failed=1
            echo "  morning: $scene${break:+, spoiled by $break} gave $got, want $want:"
            sed 's/^/    /' "$output"
        fi
    done
}

expect keys '' pass
expect keys pale,wide,script,host color-contrast.*light 'beyond the window' 'a script fails: the wheel came off' 'asks another host: elsewhere.example'
expect keys ring 'the focus does not show'
expect phone events 'the progress does not move'
expect twice lost 'of the 24 readers of click 23 have a copy'
expect twice again 'there are 2 issues'
exit $failed
