#!/bin/bash
# Scores mails with SpamAssassin, without network:  spamassassin.sh FOLDER [N]
# takes the first N (3) mails of every Content-Language in FOLDER and prints their scores.
# Fails when one scores above 1.0, or has a rule that tells of a malformed mail: MISSING_*,
# MIME_*, HTML_IMAGE_ONLY_*, MPART_ALT_DIFF*. HTML_IMAGE_RATIO_*, which a letter with
# large pictures and good text has, counts for nothing in its score and for nothing here.
set -eu

folder=$1 each=${2:-3}
home=$(mktemp -d) # SpamAssassin would write to ~/.spamassassin
trap 'rm -rf "$home"' EXIT

# Prints "SCORE RULES" of one mail.
score() {
    HOME=$home spamassassin -L -t -x --cf='use_bayes 0' --cf='fold_headers 0' \
        --cf='add_header all Judge _SCORE_ _TESTS_' < "$1" 2> "$home/errors" |
        sed -n 's/^X-Spam-Judge: //p' | head -1
}

declare -A taken
failed=0 count=0
printf '%6s  %-8s %-28s %s\n' score language mail rules
for mail in "$folder"/*.eml; do
    language=$(sed -n 's/^Content-Language: *\([A-Za-z-]*\).*/\1/p; /^\r*$/q' "$mail")
    language=${language:-none}
    [ "${taken[$language]:-0}" -lt "$each" ] || continue
    taken[$language]=$((${taken[$language]:-0} + 1))
    read -r points rules <<< "$(score "$mail")" || true
    count=$((count + 1)) verdict=
    if [ -z "$points" ]; then
        verdict="  <- no score: $(head -1 "$home/errors")"
    elif awk "BEGIN { exit !($points > 1.0) }"; then
        verdict="  <- above 1.0"
    elif grep -qE '(^|,)(MISSING_|MIME_|HTML_IMAGE_ONLY_|MPART_ALT_DIFF)' <<< "$rules"; then
        verdict="  <- malformed"
    fi
    [ -z "$verdict" ] || failed=$((failed + 1))
    printf '%6s  %-8s %-28s %s%s\n' "$points" "$language" "$(basename "$mail")" "$rules" "$verdict"
done
echo "spamassassin: $count mails, $failed refused"
[ "$count" -gt 0 ] && [ "$failed" = 0 ]
