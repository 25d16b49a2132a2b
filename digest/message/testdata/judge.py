"""Reads the .eml files of a folder with Python's own mail package and prints, as JSON,
what it decodes of each and every defect it finds."""
import email, email.header, email.policy, json, pathlib, sys


def walk_defects(message):
    for part in message.walk():
        yield from part.defects
        for name, value in part.items():
            for defect in value.defects:
                yield f"{name}: {defect!r}"


def address(message, name):
    one, = message[name].addresses
    display = one.display_name
    # Up to 3.12 the parser of display names keeps the white space between two
    # encoded-words, which RFC 2047 section 6.2 says is not there. The older decoder of
    # the same package is right.
    raw = dict(message.raw_items())[name]
    if "=?" in raw:
        whole = str(email.header.make_header(email.header.decode_header(raw)))
        display = whole.removesuffix(f" <{one.addr_spec}>")
    return [display, one.addr_spec]


found = []
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.eml")):
    with open(path, "rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    found.append({
        "Defects": [str(d) for d in walk_defects(message)],
        "Subject": str(message["Subject"]),
        "From": address(message, "From"),
        "To": address(message, "To"),
        "MessageID": str(message["Message-ID"]),
        "Parts": [p.get_content() for p in message.walk() if not p.is_multipart()],
    })
json.dump(found, sys.stdout)
