#!/usr/bin/python3
"""Lets dkimpy verify the signatures of mails, and of mails that were tampered with.

    dkim.py [--postfix] FOLDER

FOLDER has *.eml and a file "keys" with a TXT record a line: name, tab, text. With
--postfix the mails go through a real Postfix first, and what arrives is judged (A4); that
needs root. A1, A2 and A3 are what is asked of each mail; a second of a header that is
oversigned, or a changed byte, must make every signature fail.
"""
import email.utils
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # no __pycache__ in the source tree
# This file has the name of the library that it asks: its folder goes last.
sys.path.append(sys.path.pop(0))
import dkim  # noqa: E402
from postfix import HERE, free_port, send, wait  # noqa: E402
from sink import Sink  # noqa: E402

OVERSIGNED = ["from", "to", "subject", "date", "reply-to", "message-id", "content-type",
              "list-unsubscribe", "list-unsubscribe-post"]
SIGNED = OVERSIGNED + ["mime-version", "content-transfer-encoding", "content-language", "list-id",
                       "list-help", "list-archive", "feedback-id", "auto-submitted"]


def main(arguments):
    through_postfix = arguments[:1] == ["--postfix"]
    folder = pathlib.Path(arguments[-1])
    files = sorted(folder.glob("*.eml"))
    if not files:
        sys.exit(f"dkim: no .eml files in {folder}")
    keys = dict(line.split("\t", 1) for line in (folder / "keys").read_text().splitlines())
    mails = {file.name: file.read_bytes() for file in files}
    if through_postfix:
        mails = {f"arrived {n}": data for n, data in enumerate(relayed(files), 1)}
    faults = [f"{name}: {fault}" for name, data in mails.items() for fault in judge(data, keys)]
    if len(mails) != len(files):
        faults.append(f"{len(files)} mails were sent and {len(mails)} arrived")
    for fault in faults:
        print("dkim:", fault)
    print(f"dkim: {len(mails)} mails, {len(faults)} faults")
    return 1 if faults else 0


def judge(data, keys):
    """Returns what is wrong with the signatures of a mail."""
    head = headers(data)
    signatures = [tags(value) for name, value in head if name == "dkim-signature"]
    if not any(s.get("a") == "rsa-sha256" for s in signatures):
        yield "has no RSA signature, which is the only one that all large providers verify (A3)"
    for s in signatures:
        yield from (f"signature {s.get('s')}: {fault}" for fault in wording(s, head))
    valid = verdicts(data, keys)
    for s, ok in zip(signatures, valid):
        if not ok:
            yield f"signature {s.get('s')}: does not verify"
    if all(valid):
        for what, changed in tampered(data):
            if any(verdicts(changed, keys)):
                yield f"verifies although {what} (A2)"


def wording(signature, head):
    if signature.get("c") != "relaxed/relaxed":
        yield f"c={signature.get('c')}, not relaxed/relaxed (A1)"
    if "l" in signature:
        yield "has l=, so that text can be added to the mail (A1)"
    if "x" in signature:
        yield "has x=: a mail that waits for days fails"
    if "t" not in signature:
        yield "has no t="
    sender = email.utils.parseaddr(dict(head)["from"])[1].partition("@")[2]
    if not ("." + sender).endswith("." + signature.get("d", "?")):
        yield f"d={signature.get('d')} is not aligned with From, {sender}"
    covered = signature.get("h", "").lower().split(":")
    for name in SIGNED:
        there = sum(name == n for n, _ in head)
        want = there + (name in OVERSIGNED)
        if covered.count(name) != want:
            yield f"h= names {name} {covered.count(name)} times, not {want} (A2)"


def tampered(data):
    """Yields changed mails, and says what was changed."""
    head, _, body = data.partition(b"\r\n\r\n")
    yield "the body has another letter", head + b"\r\n\r\n" + change(body, len(body) // 2)
    yield "the body has a line more", data + b"more\r\n"
    for field in re.finditer(rb"(?m)^([A-Za-z-]+):[^\r]*(\r\n[ \t][^\r]*)*\r\n", head + b"\r\n"):
        name = field[1].decode().lower()
        if name in SIGNED:
            yield f"{name} has another value", data[:field.end() - 2] + b"x" + data[field.end() - 2:]
            yield f"{name} is taken out", data[:field.start()] + data[field.end():]
    for name in OVERSIGNED:
        line = name.title().encode() + b": x@example.org\r\n"
        yield f"a second {name} is on top", line + data
        yield f"a second {name} is at the end", head + b"\r\n" + line + b"\r\n" + body


def change(body, at):
    while body[at:at + 1] in b" \t\r\n=":
        at += 1
    return body[:at] + (b"a" if body[at:at + 1] != b"a" else b"b") + body[at + 1:]


def verdicts(data, keys):
    """Returns for each signature whether it verifies."""
    def record(name, timeout=None):
        return keys.get(name.decode().rstrip("."), "").encode() or None

    def verify(number):
        try:
            return dkim.DKIM(data, minkey=2048).verify(number, dnsfunc=record)
        except dkim.DKIMException:
            return False
    return [verify(n) for n in range(sum(name == "dkim-signature" for name, _ in headers(data)))]


def headers(data):
    """Returns names in small letters and unfolded values."""
    head = re.sub(rb"\r\n([ \t])", rb"\1", data.partition(b"\r\n\r\n")[0]).decode()
    pairs = (line.partition(":") for line in head.split("\r\n"))
    return [(name.lower(), value.strip()) for name, _, value in pairs]


def tags(value):
    pairs = (tag.partition("=") for tag in re.sub(r"\s", "", value).split(";") if tag)
    return {name: value for name, _, value in pairs}


def relayed(files):
    """Returns the mails as they come out of a Postfix."""
    with tempfile.TemporaryDirectory(prefix="pressrun-dkim-") as folder:
        folder = pathlib.Path(folder)
        sink = Sink(0, folder / "sink")
        sink.start()
        port = free_port()
        subprocess.run([HERE / "postfix-up.sh", str(port), str(sink.port), folder / "relay"], check=True)
        try:
            send(files, port)
            return wait(folder / "sink", len(files))
        finally:
            subprocess.run([HERE / "postfix-down.sh", folder / "relay"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
