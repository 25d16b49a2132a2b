"""A paper with readers, run by the real program, for judges of what it sends.

Paper makes a feed, the settings and the database in a folder of its own, and runs the
program there as somebody at a terminal would.
"""
import contextlib
import copy
import email.utils
import functools
import http.server
import json
import os
import pathlib
import shutil
import signal
import subprocess
import threading

from postfix import free_port

PATIENCE = 80  # seconds for one command


class Paper:
    def __init__(self, program, folder, readers, connections=4):
        """Sets the paper up and imports readers, a list of addresses. The edition is
        "daily", and only our word sends it, never the clock."""
        self.program = pathlib.Path(program).resolve()
        self.folder = pathlib.Path(folder)
        self.said = ""  # by the last command
        self.folder.mkdir()
        self.relay_file = self.folder / "relay.url"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PRESSRUN_", "SSL_CERT_"))},
            "PRESSRUN_SENDER_FROM": "The Harbour Post <news@paper.example>",
            "PRESSRUN_PAPER_ADDRESS": "1 Quay Street",
            "PRESSRUN_SITE_LISTEN": f"127.0.0.1:{free_port()}",
            "PRESSRUN_RELAY_URL_FILE": str(self.relay_file),
            "PRESSRUN_RELAY_CONNECTIONS": str(connections),
        }
        self.relay("dir:outgoing")
        feed = serve_feed(self.folder / "site")
        self.run("init", feed, "--allow", "127.0.0.1/32", "--zone", "UTC", "--send-published", bare=True)
        self.run("editions", "set", "daily", "--pause")
        (self.folder / "readers.csv").write_text("\n".join(["email", *readers]) + "\n")
        self.run("subscribers", "import", "readers.csv", "--edition", "daily", "--evidence", "signed up on paper.example")

    def copy(self, folder):
        """Returns a second one with the same readers; the feed is served from the first."""
        twin = copy.copy(self)
        twin.folder = pathlib.Path(shutil.copytree(self.folder, folder))
        twin.relay_file = twin.folder / "relay.url"
        twin.environment = {**self.environment, "PRESSRUN_RELAY_URL_FILE": str(twin.relay_file)}
        return twin

    def relay(self, url):
        self.relay_file.write_text(url + "\n")

    def start(self, *arguments, bare=False):
        """Starts a command whose words go to the file said; bare is without settings."""
        environment = self.environment
        if bare:
            environment = {name: value for name, value in environment.items() if not name.startswith("PRESSRUN_")}
        with open(self.folder / "said", "w") as said:
            return subprocess.Popen([self.program, *arguments], cwd=self.folder, env=environment,
                                    stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)

    def end(self, process, expect=0):
        """Waits for a command and keeps what it said; it must end with the status expect."""
        try:
            status = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            status = f"killed after {PATIENCE} s"
        self.said = (self.folder / "said").read_text()
        if status != expect:
            raise Fault(f"pressrun {' '.join(map(str, process.args[1:]))} ended with {status}, not {expect}:\n{self.said}")

    def run(self, *arguments, expect=0, bare=False):
        self.end(self.start(*arguments, bare=bare), expect)
        return self.said

    @contextlib.contextmanager
    def serving(self):
        """Has serve at work, and ends it as a service manager would."""
        process = self.start("serve")
        try:
            yield process
        except BaseException:
            process.kill()
            process.wait()
            raise
        process.send_signal(signal.SIGTERM)
        self.end(process)

    def ask(self, *arguments):
        """Returns the answer of a command that can speak JSON."""
        done = subprocess.run([self.program, *arguments, "--json"], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
        if done.returncode != 0:
            raise Fault(f"pressrun {' '.join(arguments)} failed: {done.stderr}")
        return json.loads(done.stdout)

    def issue(self):
        [issue] = self.ask("status")
        return issue

    def expect(self, state, when, **counts):
        """Asks for the state of the one issue and its deliveries; in_doubt is "in doubt"."""
        issue = self.issue()
        want = {name.replace("_", " "): n for name, n in counts.items() if n}
        if issue["state"] != state or issue["deliveries"] != want:
            raise Fault(f"{when}: the issue is {issue['state']} with {issue['deliveries']}, not {state} with {want}; it said:\n{self.said}")
        self.run("verify")

    def deliveries(self, state):
        return self.ask("status", str(self.issue()["id"]), "--state", state, "--limit", "10000")


class Fault(Exception):
    """Something is not as it must be."""


def serve_feed(folder):
    """Serves a feed of six stories until this process ends, and returns its address."""
    folder.mkdir()
    now = email.utils.format_datetime(email.utils.localtime())
    stories = "".join(
        f"<item><title>Ferry {n} is back</title><link>https://paper.example/{n}</link>"
        f"<description>It lay in dock for {n} weeks.</description><pubDate>{now}</pubDate></item>\n" for n in range(2, 8))
    (folder / "feed.rss").write_text(
        '<?xml version="1.0"?><rss version="2.0"><channel><title>The Harbour Post</title>'
        "<link>https://paper.example/</link><description>News</description><language>en</language>\n"
        f"{stories}</channel></rss>\n")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/feed.rss"
