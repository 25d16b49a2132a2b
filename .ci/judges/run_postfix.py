#!/usr/bin/python3
"""Sends an issue of the real program to 5,000 readers through a real Postfix.

    run_postfix.py PRESSRUN

Postfix wants STARTTLS and a password, which Dovecot checks; it does not know some of the
readers and puts others off. Nothing may leave while the certificate or the password is
wrong (A10, A12). After that the ledger must say of each reader what Postfix said, and the
others have the issue once. Needs root.
"""
import collections
import datetime
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # no __pycache__ in the source tree
from paper import Fault, Paper  # noqa: E402
from postfix import HERE, free_port, wait  # noqa: E402
from sink import Sink  # noqa: E402

READERS = 5000
EACH = 100  # one unknown and one put off among so many, so that the breaker stays in (S13)
LOGIN = "harbour:s3cret"
TABLE = "/^[0-9]+unknown@/ 550 5.1.1 no such user\n/^[0-9]+later@/ 450 4.2.0 try again later\n"


def main(arguments):
    with tempfile.TemporaryDirectory(prefix="pressrun-run-") as folder:
        folder = pathlib.Path(folder)
        sink = Sink(0, folder / "sink")
        sink.start()
        port = free_port()
        (folder / "recipients").write_text(TABLE)
        subprocess.run([HERE / "postfix-up.sh", str(port), str(sink.port), folder / "relay"], check=True,
                       env={**os.environ, "LOGIN": LOGIN, "RECIPIENTS": str(folder / "recipients")})
        try:
            judge(arguments[0], folder, port)
        except Fault as fault:
            print("run_postfix:", fault)
            print((folder / "relay" / "log").read_text()[-4000:])
            return 1
        finally:
            subprocess.run([HERE / "postfix-down.sh", folder / "relay"])
    return 0


def judge(program, folder, port):
    names = {1: "unknown", EACH // 2: "later"}
    # An import goes by address: the number in front spreads the kinds evenly.
    readers = [f"{n:04}{names.get(n % EACH, 'reader')}@mail{n % 23}.example" for n in range(READERS)]
    by_kind = collections.defaultdict(set)
    for reader in readers:
        by_kind[reader.partition("@")[0].lstrip("0123456789")].add(reader)
    paper = Paper(program, folder / "paper", readers)
    right = f"smtp://{LOGIN}@localhost:{port}?tls=starttls"

    nothing_leaves(paper, folder, right)
    paper.run("issues", "resume", str(paper.issue()["id"]))
    begin = time.monotonic()
    with paper.serving() as process:
        settle(paper, process)
        took = time.monotonic() - begin
    paper.expect("waiting", "at the end", sent=len(by_kind["reader"]), refused=len(by_kind["unknown"]), deferred=len(by_kind["later"]))
    refused(paper, by_kind["unknown"])
    deferred(paper, by_kind["later"])
    arrived(folder, by_kind["reader"])

    log = (folder / "relay" / "log").read_text()
    queued = re.findall(r"\]: [0-9A-F]+: client=.*", log)
    strangers = [line for line in queued if not line.endswith("sasl_method=PLAIN, sasl_username=harbour")]
    if strangers:
        raise Fault(f"Postfix took mail of somebody not logged in: {strangers[0]}")
    secured = log.count("TLS connection established from")
    print(f"run_postfix: {READERS} readers in {took:.1f} s over {secured} connections with STARTTLS and AUTH: "
          + ", ".join(f"{n} {state}" for state, n in sorted(paper.issue()["deliveries"].items())) + "; each as Postfix said")


def nothing_leaves(paper, folder, right):
    """Tries it with a CA that is not the relay's, then with a wrong password."""
    log = folder / "relay" / "log"

    def stopped(when, words):
        if "sending stopped" not in paper.said or not re.search(words, paper.said):
            raise Fault(f"with {when} it does not say why it stopped: {paper.said}")
        paper.expect("stopped", f"with {when}", queued=READERS)
        if any((folder / "sink").iterdir()) or re.search("client=|reject:", log.read_text()):
            raise Fault(f"with {when} mail went out")

    other = folder / "other.pem"  # of the same name, so that only its key is another
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=ca", "-keyout", folder / "other.key", "-out", other], check=True, capture_output=True)
    paper.environment["SSL_CERT_FILE"] = str(other)
    paper.relay(right)
    paper.run("send", "daily", "--yes", expect=1)
    stopped("another CA", "certificate is not to be trusted for localhost")
    if "sasl" in log.read_text().lower():
        raise Fault("it told its password to a relay whose CA it does not know")

    paper.environment["SSL_CERT_FILE"] = str(folder / "relay" / "home" / "ca.pem")
    paper.relay(right.replace("s3cret", "wrong"))
    paper.run("issues", "resume", str(paper.issue()["id"]))
    paper.run("send", "daily", "--resume", expect=1)
    stopped("a wrong password", "535 5.7.8")
    if "SASL PLAIN authentication failed" not in log.read_text():
        raise Fault("Postfix has seen no wrong password")
    paper.relay(right)


def settle(paper, process):
    """Waits until no mail is on its way but those that are deferred."""
    end = time.monotonic() + 80
    while True:
        left = paper.issue()["deliveries"]
        if not left.get("queued") and not left.get("sending"):
            return
        if process.poll() is not None or time.monotonic() > end:
            raise Fault(f"serve does not finish: {left}; it said:\n{(paper.folder / 'said').read_text()}")
        time.sleep(0.2)


def refused(paper, unknown):
    for delivery in paper.deliveries("refused"):
        if delivery["attempts"] != 1 or "550 5.1.1" not in delivery["reply"] or delivery["next"]:
            raise Fault(f"not as an unknown reader's copy ends: {delivery}")
        unknown = unknown - {delivery["address"]}
    if unknown:
        raise Fault(f"unknown, and not refused: {sorted(unknown)[:5]}")
    wanted = {delivery["address"] for delivery in paper.deliveries("refused")}
    dead = {reader["email"] for reader in paper.ask("subscribers", "list", "--limit", "10000") if reader["suppressed"]}
    if dead != wanted:
        raise Fault(f"suppressed, or not, against what Postfix said: {sorted(dead ^ wanted)[:5]}")
    [why] = paper.ask("subscribers", "show", min(dead))["suppressions"]
    if why["reason"] != "bounce" or "5.1.1" not in why["detail"]:
        raise Fault(f"{min(dead)} is suppressed as {why}, not for a bounce")


def deferred(paper, later):
    for delivery in paper.deliveries("deferred"):
        tried, due = (datetime.datetime.fromisoformat(delivery[name]) for name in ("tried", "next"))
        if delivery["attempts"] != 1 or "450 4.2.0" not in delivery["reply"] or not 300 <= (due - tried).seconds <= 361:
            raise Fault(f"not as a deferred copy waits (S5): {delivery}")
        later = later - {delivery["address"]}
    if later:
        raise Fault(f"put off, and not deferred: {sorted(later)[:5]}")


def arrived(folder, readers):
    """Each of the readers, and nobody else, has one mail, with the own address on it."""
    wait(folder / "sink", len(readers))
    time.sleep(1)  # for one too many
    copies, identities = collections.Counter(), set()
    for mail in (folder / "sink").glob("*.eml"):
        _, *recipients = mail.with_suffix(".envelope").read_text().splitlines()
        head = mail.read_text().partition("\r\n\r\n")[0]
        copies.update(recipients)
        identities.update(re.findall(r"(?im)^message-id: *(\S+)", head))
        if f"\nTo: {recipients[0]}\n" not in head.replace("\r", ""):
            raise Fault(f"the mail for {recipients} is for somebody else: {head}")
    if copies != collections.Counter(readers) or len(identities) != len(readers):
        wrong = [r for r in readers | set(copies) if copies[r] != (r in readers)]
        raise Fault(f"{len(wrong)} of {len(readers)} readers have not one mail, such as {sorted(wrong)[:5]}; {len(identities)} Message-IDs")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
