#!/bin/bash
# Stops the Postfix that postfix-up.sh started in DIR, and its Dovecot, and keeps its log:
#   postfix-down.sh DIR
set -eu
home=$(readlink "$1/home")
# One that never came up cannot be stopped; its folder goes all the same.
[ ! -e "$home/dovecot" ] || dovecot -c "$home/dovecot/conf" stop < /dev/null > /dev/null 2>&1 || true
postfix -c "$home/etc" stop < /dev/null > /dev/null 2>&1 || true
rm "$1/home" "$1/log"
[ ! -e "$home/log" ] || mv "$home/log" "$1/log"
rm -rf "$home"
