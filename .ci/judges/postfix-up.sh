#!/bin/bash
# Starts a Postfix of its own in DIR that takes mail on 127.0.0.1:PORT and hands all of it
# to 127.0.0.1:SINKPORT, whatever the domain. Needs root (Postfix does). It uses no DNS,
# reaches no other machine and leaves a Postfix of the system alone.
#
#   postfix-up.sh PORT SINKPORT DIR      DIR is made if need be; its log is DIR/log
#   postfix-down.sh DIR                  stops it; the log stays
#
# With LOGIN=user:password in the environment it takes mail only from that user, over
# STARTTLS, and a Dovecot of its own checks the password; DIR/home/ca.pem is the CA of its
# certificate, which is for "localhost". With RECIPIENTS=FILE, a regexp table as access(5)
# has it, it answers RCPT as that says.
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

# A half-begun one is stopped again.
trap '[ $? = 0 ] || "$(dirname "$0")/postfix-down.sh" "$3"' EXIT

tls=none allowed=permit_mynetworks
[ -z "${LOGIN:-}" ] || tls=encrypt allowed=permit_sasl_authenticated
# Without in_flow_delay = 0 it holds back whoever sends faster than the sink takes.
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
smtpd_relay_restrictions = $allowed, reject
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtpd_tls_security_level = $tls
smtp_tls_security_level = none
default_transport = smtp:[127.0.0.1]:$sinkport
relay_transport = smtp:[127.0.0.1]:$sinkport
notify_classes =
in_flow_delay = 0
END

# certificate NAME ARGUMENT... makes DIR/NAME.key and DIR/NAME.pem.
certificate() {
    local name=$1
    shift
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$name" \
        -keyout "$dir/$name.key" -out "$dir/$name.pem" "$@" 2> "$dir/openssl" || { cat "$dir/openssl" >&2; exit 1; }
}

if [ -n "${LOGIN:-}" ]; then
    certificate ca
    certificate localhost -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -addext subjectAltName=DNS:localhost
    cat >> "$dir/etc/main.cf" <<END
smtpd_tls_cert_file = $dir/localhost.pem
smtpd_tls_key_file = $dir/localhost.key
smtpd_tls_loglevel = 1
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = $dir/dovecot/postfix
END
    # Dovecot has nothing to do but to answer Postfix: no protocols, no mailboxes.
    mkdir "$dir/dovecot"
    echo "${LOGIN%%:*}:{PLAIN}${LOGIN#*:}" > "$dir/dovecot/users"
    chown dovecot "$dir/dovecot/users"
    chmod 600 "$dir/dovecot/users"
    cat > "$dir/dovecot/conf" <<END
base_dir = $dir/dovecot
state_dir = $dir/dovecot
log_path = $dir/dovecot/log
protocols =
ssl = no
auth_mechanisms = plain
auth_failure_delay = 0
passdb {
  driver = passwd-file
  args = $dir/dovecot/users
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  unix_listener postfix {
    mode = 0600
    user = postfix
  }
}
END
    if ! dovecot -c "$dir/dovecot/conf" < /dev/null > "$dir/start" 2>&1; then
        cat "$dir/start" "$dir/dovecot/log" >&2 || true
        exit 1
    fi
fi
if [ -n "${RECIPIENTS:-}" ]; then
    cp "$RECIPIENTS" "$dir/etc/recipients"
    echo "smtpd_recipient_restrictions = check_recipient_access regexp:$dir/etc/recipients" >> "$dir/etc/main.cf"
fi

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
scache    unix  - - n -    1 scache
tlsmgr    unix  - - n 1000 1 tlsmgr
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
