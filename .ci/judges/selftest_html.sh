#!/bin/bash
# Tries the judges of letters and pages: each must pass a good one and refuse every broken
# one, for the fault that is in it. NODE_PATH is that of npm.sh.
set -eu
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# page NAME LANGUAGE STYLE BODY writes a page.
page() {
    mkdir -p "$folder/now/pages"
    cat > "$folder/now/pages/$1.html" << HTML
<!DOCTYPE html>
<html lang="$2" dir="$([ "$2" = ar ] && echo rtl || echo ltr)"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Page</title><style>$3</style></head>
<body><main><h1>${5-Page}</h1>$4</main></body></html>
HTML
}

failed=0
# expect JUDGE WANT NAME: runs JUDGE on the page that was just written. WANT is "pass", or
# what the judge must say when it refuses.
expect() {
    local judge=$1 want=$2 name=$3 got=refuse
    "./$judge.js" "$folder/now/pages" > "$folder/output" 2>&1 && got=pass
    # A judge that broke down has not judged: its closing line is missing.
    grep -q "^$judge: 1 files" "$folder/output" || got="no verdict"
    [ "$got" != refuse ] || ! grep -q -- "$want" "$folder/output" || got=$want
    if [ "$got" = "$want" ]; then
        echo "  $judge: $name: $want"
    else
        failed=1
        echo "  $judge: $name gave $got, want $want:"
        sed 's/^/    /' "$folder/output"
    fi
    rm -rf "$folder/now"
}

page good en 'p{color:#222;background-color:#fdfdfd}' '<p>Good morning</p>'
expect caniemail pass "a letter"
page flex en 'p{color:#222}' '<p style="display:flex">Good morning</p>'
expect caniemail 'display:flex' "a layout that Word does not know"
page svg en 'p{color:#222}' '<p><picture><img src="a.webp" alt="a"></picture></p>'
expect caniemail '<picture> element' "a picture that Outlook does not show"

page good en 'p{color:#222}' '<p>Good morning</p>'
expect vnu pass "a page"
page cell en 'p{color:#222}' '<p>Good <td>morning</p>'
expect vnu 'Stray start tag “td”' "a cell without a table"
page layout en 'p{color:#222}' '<table width="600"><tr><td>Good morning</td></tr></table>'
expect vnu '“width” attribute on the “table”' "in a page what only letters may"

dim='p{color:#222;background:#fff}@media (prefers-color-scheme:dark){p{color:#444;background:#222}}'
page good en 'p{color:#222;background:#fff}' '<p>Good morning</p>'
expect axe pass "a page"
page light en 'p{color:#bbb;background:#fff}' '<p>Good morning</p>'
expect axe 'color-contrast.*(light)' "pale words"
page dark en "$dim" '<p>Good morning</p>'
expect axe 'color-contrast.*(dark)' "words that are pale in the dark"
page arabic ar 'p{color:#bbb;background:#fff}' '<p>صباح الخير</p>' 'صباح'
expect axe 'color-contrast.*(light)' "pale Arabic words"
page label en 'p{color:#222}' '<p><input name="q"></p>'
expect axe '^label:' "a field without a label"
page small en 'a{font-size:6px;line-height:6px;color:#222}' '<p><a href="/a">a</a> <a href="/b">b</a><br><a href="/c">c</a></p>'
expect axe '^target-size:' "links too small to press"

# A letter before its styles are inlined, and after.
letter() { page a.before en "$1" '<p class="b">Good morning</p>'; page a.after en '' "$2"; }
letter '.b{color:#123456}p{color:#222}' '<p class="b" style="color:#123456">Good morning</p>'
expect juice pass "a letter inlined rightly"
letter '.b{color:#123456}p{color:#222}' '<p class="b" style="color:#222222">Good morning</p>'
expect juice '^color differs' "the weaker rule in the stronger one's place"
exit $failed
