#!/usr/bin/python3
"""Reads mails as Python's mail library does and checks what docs ask of every issue.

    python_email.py FILE.eml ... | FOLDER

No defect in the message, its parts or headers; the bytes of F1 and F2; the headers of
F3 to F8; the parts of F9 and F10; the unsubscribe headers of F16 and F17; F21 and F22.
"""
import binascii
import email
import email.policy
import html
import pathlib
import re
import sys
import unicodedata

ONE = ["Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type",
       "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"]
AT_MOST_ONE = ["Reply-To", "Sender", "Feedback-ID", "Auto-Submitted", "Precedence", "Content-Language",
               "List-Help", "List-Archive", "List-Owner", "List-Post"]
NONE = ["Bcc", "X-Originating-IP", "Return-Receipt-To"]
WORD = re.compile(rb"=\?utf-8\?([bq])\?([^? ]*)\?=", re.I)
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def judge(data):
    """Yields what is wrong with one mail."""
    head, _, body = data.partition(b"\r\n\r\n")
    if re.search(rb"\r(?!\n)|(?<!\r)\n|\x00", data):
        yield "F1: bare CR, bare LF or NUL"
    if max(map(len, data.split(b"\r\n"))) > 998:
        yield "F2: a line longer than 998 octets"
    if re.search(rb"[\x80-\xff]", data):
        yield "F10: octets above 127"
    if len(head) > 8192 or len(data) > 1 << 20:
        yield f"F21: {len(head)} octets of headers, {len(data)} in all"
    yield from header_lines(head)
    message = email.message_from_bytes(data, policy=email.policy.default)
    yield from counts(message)
    for part in message.walk():
        for defect in part.defects:
            yield f"defect in {part.get_content_type()}: {defect!r}"
        for name, value in part.items():
            for defect in value.defects:
                yield f"defect in {name}: {defect!r}"
    yield from headers(message, head)
    yield from parts(message)


def header_lines(head):
    for line in re.sub(rb"(?ms)^DKIM-Signature:.*?\r\n(?![ \t])", b"", head + b"\r\n").split(b"\r\n"):
        # A line may be long only where it cannot be folded: one long word, as a URI.
        if len(line) > 78 and b" " in line.partition(b": ")[2].strip() or len(line) > 78 and re.match(rb"[ \t].*\S\s\S", line):
            yield f"F2: a header line of {len(line)} octets: {line[:40].decode('ascii', 'replace')}…"
        words = list(WORD.finditer(line))
        if words and (len(line) > 76 or max(len(w.group()) for w in words) > 75):
            yield "F2: a line with encoded-words longer than 76, or a word longer than 75"
        for word in words:
            try:
                decode(word).decode("utf-8")
            except ValueError as error:
                yield f"F2: an encoded-word that is not whole characters: {error}"


def decode(word):
    if word[1] in b"bB":
        return binascii.a2b_base64(word[2], strict_mode=True)
    return binascii.a2b_qp(word[2], header=True)


def counts(message):
    for names, right in (ONE, "exactly one"), (AT_MOST_ONE, "at most one"), (NONE, "none"):
        for name in names:
            n = len(message.get_all(name, []))
            if n > 1 or n == 0 and names is ONE or n and names is NONE:
                yield f"F3: {n} {name} headers, want {right}"


def headers(message, head):
    subject = str(message["Subject"] or "")
    if subject != unicodedata.normalize("NFC", subject) or FORBIDDEN.search(subject) or not 0 < len(subject) <= 150:
        yield f"F6: subject {subject!r}"
    for name in "From", "To":
        header = message[name]
        if header is None or len(header.addresses) != 1:
            yield f"F4, F5: {name} has not exactly one address: {header}"
            continue
        # Written anew by Python and read again it is the same name and address.
        again = email.message_from_bytes(message.as_bytes(policy=email.policy.SMTP), policy=email.policy.default)
        if again[name].addresses != header.addresses or FORBIDDEN.search(str(header)):
            yield f"{name} does not survive a round trip: {header}"
    # As it was written: Python's Date header shows a date of its own making.
    date = re.search(r"(?im)^Date: *(.*?)\r?$", head.decode("latin-1"))
    when = message["Date"] and message["Date"].datetime
    if not when or when.tzinfo is None or not date[1].startswith(when.strftime("%a, ")) or date[1].endswith("-0000"):
        yield f"F7: date {date and date[1]}"
    if not re.fullmatch(r"<[\w.+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+>", str(message["Message-ID"])) or len(message["Message-ID"]) > 250:
        yield f"F8: Message-ID {message['Message-ID']}"
    if not re.fullmatch(r"<https?://[!-;=?-~]+>(, *<mailto:[!-;=?-~]+>)?", str(message["List-Unsubscribe"]).strip()):
        yield f"F16: List-Unsubscribe {message['List-Unsubscribe']}"
    if message["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click":
        yield f"F17: List-Unsubscribe-Post {message['List-Unsubscribe-Post']}"


def parts(message):
    kinds = [part.get_content_type() for part in message.walk()]
    if kinds != ["multipart/alternative", "text/plain", "text/html"]:
        yield f"F9: the parts are {', '.join(kinds)}"
        return
    if len(message.get_boundary()) > 70:
        yield "F9: a boundary longer than 70"
    for part in message.iter_parts():
        encoding = str(part["Content-Transfer-Encoding"]).lower()
        if encoding not in ("quoted-printable", "base64") or part.get_content_charset() != "utf-8":
            yield f"F9, F10: {part.get_content_type()} is {encoding}, {part.get_content_charset()}"
            continue
        if max(map(len, part.get_payload().splitlines() or [""])) > 76:
            yield f"F10: a line longer than 76 in {part.get_content_type()}"
        text = part.get_content(errors="replace")
        if "\ufffd" in text or not text.strip():
            yield f"F10: {part.get_content_type()} is empty or no UTF-8"
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.S)
    if title and " ".join(html.unescape(title[1]).split()) != " ".join(str(message["Subject"]).split()):
        yield f"H7: the title {html.unescape(title[1])!r} is not the subject {str(message['Subject'])!r}"


def main(arguments):
    files = [f for a in map(pathlib.Path, arguments) for f in (sorted(a.glob("*.eml")) if a.is_dir() else [a])]
    faults, seen = [], {}
    for file in files:
        data = file.read_bytes()
        faults += [f"{file.name}: {fault}" for fault in judge(data)]
        identity = email.message_from_bytes(data)["Message-ID"]
        if identity in seen:
            faults.append(f"F8: {file.name} and {seen[identity]} have the same Message-ID")
        seen[identity] = file.name
    print("\n".join(faults[:50]), end="\n" if faults else "")
    print(f"python_email: {len(files)} mails, {len(faults)} faults")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
