#!/bin/bash
# Tries the judges themselves: each must pass the good mails of samples.py and refuse every
# broken one. A judge that cannot refuse proves nothing.
set -eu
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
./samples.py "$folder"

failed=0
# expect pass|refuse JUDGE FILE...: runs JUDGE on a folder with only these files.
expect() {
    local want=$1 judge=$2 got=pass mails
    shift 2
    mails=$(printf '%s\n' "$@" | grep -c '\.eml$')
    rm -rf "$folder/now" && mkdir "$folder/now" && cp "$@" "$folder/now"
    "$judge" "$folder/now" > "$folder/output" 2>&1 || got=refuse
    # A judge that broke down has not judged: its closing line is missing.
    grep -q "^$(basename "${judge%.*}"): $mails mails" "$folder/output" || got="no verdict"
    if [ "$got" = "$want" ]; then
        echo "  $(basename "$judge"): ${want} $(basename "$1" .eml)"
        return
    fi
    failed=1
    echo "  $(basename "$judge"): $(basename "$1" .eml) gave $got, want $want:"
    sed 's/^/    /' "$folder/output"
}

for judge in ./python_email.py ./spamassassin.sh ./postfix.py; do
    name=$(basename "${judge%.*}")
    expect pass "$judge" "$folder"/good/*.eml
    for bad in "$folder/bad-$name"/*.eml; do
        expect refuse "$judge" "$bad"
    done
done
# Each mail is good, but two with one Message-ID are not (F8).
cp "$folder/good/en.eml" "$folder/twin.eml"
expect refuse ./python_email.py "$folder/good/en.eml" "$folder/twin.eml"
# Signed mails come from a test of the program, with the keys to verify them by. OpenDKIM
# judges the signatures alone, dkim.py what they cover too.
(cd ../.. && go test -count=1 -run '^TestWriteSigned$' ./digest/message -args -signed "$folder/signed")
for judge in ./dkim.py ./opendkim.py; do
    expect pass "$judge" "$folder"/signed/good/*
done
for bad in "$folder"/signed/broken/*; do
    expect refuse ./dkim.py "$bad"/*.eml "$bad/keys"
    expect refuse ./opendkim.py "$bad"/*.eml "$bad/keys"
done
for bad in "$folder"/signed/bad/*; do
    expect refuse ./dkim.py "$bad"/*.eml "$bad/keys"
done
exit $failed
