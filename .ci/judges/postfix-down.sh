#!/bin/bash
# Stops the Postfix that postfix-up.sh started in DIR and keeps its log:
#   postfix-down.sh DIR
set -eu
home=$(readlink "$1/home")
postfix -c "$home/etc" stop < /dev/null > /dev/null 2>&1
rm "$1/home" "$1/log"
mv "$home/log" "$1/log"
rm -rf "$home"
