#!/bin/bash
# Starts a Postfix of its own in DIR that takes mail on 127.0.0.1:PORT and hands all of it
# to 127.0.0.1:SINKPORT, whatever the domain. Needs root (Postfix does). It uses no DNS,
# reaches no other machine and leaves a Postfix of the system alone.
#
#   postfix-up.sh PORT SINKPORT DIR      DIR is made if need be; its log is DIR/log
#   postfix-down.sh DIR                  stops it; the log stays
set -eu

port=$1 sinkport=$2
if [ "$(id -u)" != 0 ]; then
    echo "postfix-up: Postfix must be started as root" >&2
    exit 1
fi
# Its daemons run as user postfix. They could not reach their files in a folder that is
# closed to others, as a test's temporary folder is; so these live elsewhere.
dir=$(mktemp -d /tmp/pressrun-postfix.XXXXXX)
mkdir "$dir/etc" "$dir/spool" "$dir/data"
chmod 755 "$dir"
chown postfix "$dir/data"
mkdir -p "$3"
ln -s "$dir" "$3/home"
ln -s "$dir/log" "$3/log"

cat > "$dir/etc/main.cf" <<END
compatibility_level = 3.6
queue_directory = $dir/spool
data_directory = $dir/data
maillog_file = $dir/log
maillog_file_prefixes = $dir
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.pressrun.test
mydestination =
local_recipient_maps =
alias_maps =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_tls_security_level = none
smtp_tls_security_level = none
default_transport = smtp:[127.0.0.1]:$sinkport
relay_transport = smtp:[127.0.0.1]:$sinkport
notify_classes =
END

# Nothing is chrooted (the n in the fifth column): a chroot would need copies of /etc.
cat > "$dir/etc/master.cf" <<END
127.0.0.1:$port inet n - n - - smtpd
pickup    unix  n - n 60   1 pickup
cleanup   unix  n - n -    0 cleanup
qmgr      unix  n - n 300  1 qmgr
rewrite   unix  - - n -    - trivial-rewrite
bounce    unix  - - n -    0 bounce
defer     unix  - - n -    0 bounce
trace     unix  - - n -    0 bounce
flush     unix  n - n 1000 0 flush
smtp      unix  - - n -    - smtp
error     unix  - - n -    - error
retry     unix  - - n -    - error
anvil     unix  - - n -    1 anvil
postlog   unix-dgram n - n - 1 postlogd
END

# stdin, stdout and stderr are let go of, so that a caller who reads them is not kept
# waiting by the daemon.
if ! postfix -c "$dir/etc" start < /dev/null > "$dir/start" 2>&1; then
    cat "$dir/start" "$dir/log" >&2 || true
    exit 1
fi
for _ in $(seq 100); do
    if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
        exit 0
    fi
    sleep 0.1
done
echo "postfix-up: nothing answers on port $port after 10 s; its log:" >&2
cat "$dir/log" >&2
exit 1
