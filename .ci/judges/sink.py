#!/usr/bin/python3
"""An SMTP server that takes every mail and keeps it as it came.

    sink.py PORT DIR

writes DIR/000001.eml, the bytes after DATA, and DIR/000001.envelope, sender and
recipients a line each; then waits for more until it is killed. Port 0 takes a free one.
The port is printed.
"""
import itertools
import pathlib
import socketserver
import sys
import threading


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.reply("220 sink ESMTP")
        sender, recipients = None, []
        while line := self.rfile.readline(4096):
            verb, _, rest = line.decode("latin-1").strip().partition(" ")
            verb = verb.upper()
            if verb == "EHLO":
                # No 8BITMIME: a relay must convert a body that is not 7-bit, which
                # breaks signatures (F10), and the judge then sees another body.
                self.reply("250-sink", "250-PIPELINING", "250 ENHANCEDSTATUSCODES")
            elif verb == "MAIL":
                sender, recipients = address(rest), []
                self.reply("250 2.1.0 ok")
            elif verb == "RCPT":
                recipients.append(address(rest))
                self.reply("250 2.1.5 ok")
            elif verb == "DATA":
                self.reply("354 go on")
                self.server.keep(sender, recipients, self.data())
                self.reply("250 2.0.0 kept")
            elif verb == "QUIT":
                return self.reply("221 2.0.0 bye")
            elif verb in ("HELO", "RSET", "NOOP"):
                self.reply("250 2.0.0 ok")
            else:
                self.reply("502 5.5.1 unknown command")

    def reply(self, *lines):
        self.wfile.write("".join(line + "\r\n" for line in lines).encode())

    def data(self):
        """Reads to the lone dot; the dots doubled for the way are single again."""
        lines = []
        for line in iter(self.rfile.readline, b""):
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)


def address(argument):
    """The address in 'FROM:<a@b> SIZE=1'."""
    return argument.partition("<")[2].partition(">")[0]


class Sink(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    # Of five that knock at once, as is usual, the kernel drops some, who then wait in vain.
    request_queue_size = 128

    def __init__(self, port, folder):
        super().__init__(("127.0.0.1", port), Session)
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.numbers = itertools.count(1)
        self.port = self.server_address[1]

    def keep(self, sender, recipients, data):
        name = f"{next(self.numbers):06}"
        envelope = "\n".join([sender, *recipients]) + "\n"
        (self.folder / (name + ".envelope")).write_text(envelope)
        # Under its final name only when whole, for whoever watches the folder.
        part = self.folder / (name + ".part")
        part.write_bytes(data)
        part.rename(self.folder / (name + ".eml"))

    def start(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()


if __name__ == "__main__":
    sink = Sink(int(sys.argv[1]), sys.argv[2])
    print(sink.port, flush=True)
    sink.serve_forever()
