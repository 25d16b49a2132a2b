#!/usr/bin/python3
"""Sends mails through a real Postfix and compares what arrives with what was sent.

    postfix.py FILE.eml ... | FOLDER

Postfix may put Received lines on top. The other headers and the body must be the same
bytes: a relay that has to repair a mail breaks its DKIM signature (A4, F10). Needs root.
"""
import email
import email.policy
import pathlib
import re
import smtplib
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # no __pycache__ in the source tree
from sink import Sink  # noqa: E402

HERE = pathlib.Path(__file__).parent
PATIENCE = 120  # seconds for everything to arrive


def main(arguments):
    files = [f for a in map(pathlib.Path, arguments)
             for f in (sorted(a.glob("*.eml")) if a.is_dir() else [a])]
    if not files:
        sys.exit("postfix: no .eml files given")
    with tempfile.TemporaryDirectory(prefix="pressrun-postfix-") as folder:
        folder = pathlib.Path(folder)
        sink = Sink(0, folder / "sink")
        sink.start()
        port = free_port()
        subprocess.run([HERE / "postfix-up.sh", str(port), str(sink.port), folder / "relay"], check=True)
        try:
            sent = send(files, port)
            arrived = wait(folder / "sink", len(files))
        finally:
            subprocess.run([HERE / "postfix-down.sh", folder / "relay"])
        faults = compare(sent, arrived)
        if len(arrived) < len(files):
            print((folder / "relay" / "log").read_text()[-4000:])
    for fault in faults:
        print("postfix:", fault)
    print(f"postfix: {len(sent)} mails sent, {len(arrived)} arrived, {len(faults)} faults")
    return 1 if faults else 0


def send(files, port):
    """Hands every file to Postfix; returns the bytes by Message-ID."""
    sent = {}
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as smtp:
        for file in files:
            data = without_return_path(file.read_bytes())
            message = email.message_from_bytes(data, policy=email.policy.default)
            sender = message["From"].addresses[0].addr_spec
            recipients = [a.addr_spec for a in message["To"].addresses]
            smtp.sendmail(sender, recipients, data)
            sent[message_id(data)] = (file, data)
    return sent


def compare(sent, arrived):
    faults = []
    got = {message_id(data): data for data in arrived}
    for identity, (file, data) in sent.items():
        if identity not in got:
            faults.append(f"{file.name}: has not arrived")
            continue
        head, body = split(data)
        got_head, got_body = split(without_received(got[identity]))
        if body != got_body:
            faults.append(f"{file.name}: the body has changed at byte {first_difference(body, got_body)}")
        if head != got_head:
            faults.append(f"{file.name}: the headers have changed at byte {first_difference(head, got_head)}")
    return faults


def wait(folder, count):
    """Returns what the sink has once it is complete, or has stopped growing."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and len(list(folder.glob("*.eml"))) < count:
        time.sleep(0.1)
    return [f.read_bytes() for f in sorted(folder.glob("*.eml"))]


def split(data):
    head, _, body = data.partition(b"\r\n\r\n")
    return head + b"\r\n", body


def message_id(data):
    found = re.search(rb"(?im)^message-id:\s*(\S+)", split(data)[0])
    return found.group(1) if found else b""


def without_received(data):
    """Takes off the trace that relays put on top (RFC 5321 4.4)."""
    while trace := re.match(rb"(?i)(return-path|received|delivered-to):[^\n]*\n([ \t][^\n]*\n)*", data):
        data = data[trace.end():]
    return data


def without_return_path(data):
    """Return-Path is the last server's to write; Postfix drops one that is sent."""
    return re.sub(rb"(?i)\AReturn-Path:[^\n]*\n([ \t][^\n]*\n)*", b"", data)


def first_difference(a, b):
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
