#!/usr/bin/python3
"""Lets OpenDKIM verify each signature of mails by itself, and refuse it once a mail is
tampered with.

    opendkim.py FOLDER

FOLDER is as dkim.py has it. OpenDKIM asks the DNS for the keys: it runs where there is no
network but one of its own, with a small name server that knows only these keys. Needs
root.
"""
import os
import pathlib
import re
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading

SIGNATURE = re.compile(rb"(?i)\ADKIM-Signature:[^\n]*\n([ \t][^\n]*\n)*")


def main(arguments):
    if arguments[0] != "--inside":
        os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, __file__, "--inside", *arguments])
    folder = pathlib.Path(arguments[1])
    files = sorted(folder.glob("*.eml"))
    if not files:
        sys.exit(f"opendkim: no .eml files in {folder}")
    serve(dict(line.split("\t", 1) for line in (folder / "keys").read_text().splitlines()))
    faults = [f"{file.name}: {fault}" for file in files for fault in judge(file.read_bytes())]
    for fault in faults:
        print("opendkim:", fault)
    print(f"opendkim: {len(files)} mails, {len(faults)} faults")
    return 1 if faults else 0


def judge(data):
    signatures = []
    while found := SIGNATURE.match(data):
        signatures.append(found[0])
        data = data[found.end():]
    if not signatures:
        yield "has no signature on top"
    for number, signature in enumerate(signatures, 1):
        if said := refusal(signature + data):
            yield f"signature {number}: {said}"
        elif not refusal(signature + data + b"more\r\n"):
            yield f"signature {number}: verifies although the body has a line more"
        elif not refusal(signature + data.replace(b"\nSubject: ", b"\nSubject: x", 1)):
            yield f"signature {number}: verifies although the subject is another"
        elif not refusal(signature + b"List-Unsubscribe: <https://x.example>\r\n" + data):
            yield f"signature {number}: verifies although there is another List-Unsubscribe (A2)"


def refusal(data):
    """Returns what OpenDKIM has against a mail, or an empty text."""
    run = subprocess.run(["opendkim-testmsg"], input=data.replace(b"\r\n", b"\n"), capture_output=True, timeout=60)
    return "" if run.returncode == 0 else run.stderr.decode().strip() or f"status {run.returncode}"


def serve(keys):
    """Makes this process's own network and mounts answer for the keys."""
    with tempfile.NamedTemporaryFile("w", prefix="pressrun-resolv-") as resolver:
        resolver.write("nameserver 127.0.0.1\n")
        resolver.flush()
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(["mount", "--bind", resolver.name, "/etc/resolv.conf"], check=True)

    class Question(socketserver.BaseRequestHandler):
        def handle(self):
            question, socket = self.request
            socket.sendto(answer(question, keys), self.client_address)

    server = socketserver.ThreadingUDPServer(("127.0.0.1", 53), Question)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def answer(question, keys):
    """Answers one question for a TXT record (RFC 1035 4.1)."""
    end, labels = 12, []
    while size := question[end]:
        labels.append(question[end + 1:end + 1 + size].decode().lower())
        end += 1 + size
    text = keys.get(".".join(labels), "").encode()
    strings = b"".join(bytes([len(part)]) + part for part in (text[i:i + 255] for i in range(0, len(text), 255)))
    record = b"\xc0\x0c" + struct.pack(">HHIH", 16, 1, 60, len(strings)) + strings if text else b""
    flags = 0x8180 if text else 0x8183  # answered, or no such name
    return question[:2] + struct.pack(">HHHHH", flags, 1, bool(text), 0, 0) + question[12:end + 5] + record


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
