#!/usr/bin/python3
"""Sends issues of the real program, 2,000 readers each, to Postfix's smtp-sink.

    run_smtp_sink.py PRESSRUN takes|refuses|cuts

smtp-sink says what it can and cannot do and refuses commands, or cuts off connections, as
its options have it. Its counter and the program's ledger must say the same.
"""
import collections
import contextlib
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # no __pycache__ in the source tree
from paper import Fault, Paper  # noqa: E402
from postfix import free_port  # noqa: E402

READERS = 2000
CONNECTIONS = 4
SESSIONS = 4  # that a sink cuts off, before it goes and a good one comes


def main(arguments):
    with tempfile.TemporaryDirectory(prefix="pressrun-sink-") as folder:
        folder = pathlib.Path(folder)
        readers = [f"reader{n}@mail{n % 23}.example" for n in range(READERS)]
        paper = Paper(arguments[0], folder / "paper", readers, CONNECTIONS)
        faults = 0
        cases = CASES[arguments[1]]
        for judge, name, *options in cases:
            begin = time.monotonic()
            copy = paper.copy(folder / "copy")
            try:
                said = judge(copy, folder / "sink", readers, *options)
                print(f"run_smtp_sink: {name}: {said} in {time.monotonic() - begin:.1f} s")
            except Fault as fault:
                faults += 1
                print(f"run_smtp_sink: {name}: {fault}")
            shutil.rmtree(folder / "copy")
            shutil.rmtree(folder / "sink", ignore_errors=True)
    print(f"run_smtp_sink: {len(cases)} issues of {READERS} readers, {faults} faults")
    return 1 if faults else 0


@contextlib.contextmanager
def smtp_sink(folder, port, *options):
    """Starts smtp-sink; what it takes goes into files of folder too, as do its counters."""
    folder.mkdir(exist_ok=True)
    with open(folder / "counters", "wb") as counters:
        process = subprocess.Popen(["smtp-sink", "-u", "root", "-c", *options, f"127.0.0.1:{port}", "100"],
                                   stdin=subprocess.DEVNULL, stdout=counters, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def counted(folder, what="mesg"):
    """Returns a counter of the sink: mesg, the dots that it has seen, or sess, the
    sessions that have ended."""
    counts = re.findall(rf"{what}=(\d+)", (folder / "counters").read_text())
    return int(counts[-1]) if counts else 0


def aim(paper):
    port = free_port()
    paper.relay(f"smtp://127.0.0.1:{port}")
    return port


def takes(paper, folder, readers, *options):
    """Everything arrives, once."""
    with smtp_sink(folder, aim(paper), *options, "-d", str(folder / "mail-")):
        paper.run("send", "daily", "--yes")
    paper.expect("finished", "at the end", sent=READERS)
    if counted(folder) != READERS:
        raise Fault(f"the sink counts {counted(folder)} mails")
    copies = collections.Counter(
        re.search(r"(?m)^X-Rcpt-Args: <(.*?)>", mail.read_text())[1] for mail in folder.glob("mail-*"))
    if copies != collections.Counter(readers):
        raise Fault(f"not each of the readers has one mail: {(copies - collections.Counter(readers)).most_common(3)}")
    return f"{READERS} arrived once each"


def defers(paper, folder, readers, *options):
    """Everything waits for another time."""
    with smtp_sink(folder, aim(paper), *options):
        paper.run("send", "daily", "--yes")
    paper.expect("waiting", "at the end", deferred=READERS)
    odd = [d for d in paper.deliveries("deferred") if d["attempts"] != 1 or not d["next"] or not d["reply"].startswith("4")]
    if odd:
        raise Fault(f"not as a deferred copy waits: {odd[0]}")
    return f"{READERS} deferred"


def pauses(paper, folder, readers, words, least, *options):
    """After a few refusals the breaker says stop (S13); when it is told to, it goes on."""
    with smtp_sink(folder, aim(paper), *options):
        paper.run("send", "daily", "--yes", expect=1)
    issue = paper.issue()
    refused = issue["deliveries"].get("refused", 0)
    if words not in issue["reason"] or not least <= refused <= least + 3 * CONNECTIONS:
        raise Fault(f"{refused} were refused, and the issue is {issue['state']} because “{issue['reason']}”")
    paper.expect("paused", "when refused", refused=refused, queued=READERS - refused)
    goes_on(paper, folder, refused=refused)
    return f"{refused} refused, then paused, then {READERS - refused} sent"


def stops(paper, folder, readers, *options):
    """What is wrong with us costs no reader the issue."""
    with smtp_sink(folder, aim(paper), *options):
        paper.run("send", "daily", "--yes", expect=1)
    if "sending stopped" not in paper.said:
        raise Fault(f"it does not say that it stopped: {paper.said}")
    paper.expect("stopped", "when refused", queued=READERS)
    goes_on(paper, folder)
    return f"stopped with nobody tried, then {READERS} sent"


def goes_on(paper, folder, refused=0):
    """Once somebody has looked after it, the rest arrives."""
    paper.run("issues", "resume", str(paper.issue()["id"]))
    with smtp_sink(folder, aim(paper)):
        paper.run("send", "daily", "--resume")
    paper.expect("finished", "at the end", refused=refused, sent=READERS - refused)
    if counted(folder) != READERS - refused:
        raise Fault(f"the sink counts {counted(folder)} mails")


def survives(paper, folder, readers, dot, *options):
    """A sink cuts off some connections and goes away; one comes that is well. With dot, it
    leaves dots without a reply."""
    port = aim(paper)
    with smtp_sink(folder, port, *options):
        process = paper.start("send", "daily", "--yes")
        end = time.monotonic() + 60
        while counted(folder, "sess") < SESSIONS:
            if time.monotonic() > end or process.poll() is not None:
                process.kill()
                raise Fault(f"it gives up before {SESSIONS} connections were cut: {(paper.folder / 'said').read_text()}")
            time.sleep(0.02)
    cut = counted(folder, "sess")
    with smtp_sink(folder, port):
        paper.end(process)
    # A mail may suffer for each connection that was cut, and for those of the last moment.
    sent = counted(folder)
    if not READERS - cut - CONNECTIONS <= sent <= READERS:
        raise Fault(f"{sent} mails arrived; it said:\n{paper.said}")
    # Only a dot without a reply leaves doubt; the sink may go away at one, too.
    doubt = paper.issue()["deliveries"].get("in doubt", 0)
    if not dot and doubt > CONNECTIONS:
        raise Fault(f"{doubt} are in doubt although the sink cut no dot")
    later = 0 if dot else READERS - sent - doubt
    paper.expect("waiting" if sent < READERS else "finished", "at the end", sent=sent, in_doubt=doubt, deferred=later)
    if sent + doubt + later != READERS:
        raise Fault(f"of {READERS} readers {sent} were sent to and {doubt} are in doubt")
    return f"{cut} cut off, {sent} sent, {later} deferred, {doubt} in doubt"


UNKNOWN, SPAM, STRANGER = "550 5.1.1 no such user", "554 5.7.1 spam", "553 5.1.8 sender not known here"
CASES = {
    "takes": [
        (takes, "all that it can"),
        (takes, "no PIPELINING", "-p"),
        (takes, "no 8BITMIME, DSN, enhanced codes or AUTH", "-8", "-N", "-E", "-a"),
        (takes, "no ESMTP", "-e"),
    ],
    "refuses": [
        (defers, "4xx to MAIL", "-r", "MAIL"),
        (defers, "4xx to RCPT", "-r", "RCPT"),
        (defers, "4xx to DATA", "-r", "DATA"),
        (defers, "4xx to the dot", "-r", "."),
        (pauses, "nobody is known", "do not exist", 11, "-f", "RCPT", "-B", UNKNOWN),
        (pauses, "all is spam", "refused by policy", 20, "-f", ".", "-B", SPAM),
        (stops, "our sender is refused", "-f", "MAIL", "-B", STRANGER),
    ],
    "cuts": [
        (survives, "hangs up at MAIL", False, "-q", "MAIL"),
        (survives, "hangs up at RCPT", False, "-q", "RCPT"),
        (survives, "hangs up at DATA", False, "-q", "DATA"),
        (survives, "hangs up at the dot", True, "-q", "."),
        (survives, "421 to RCPT", False, "-Q", "RCPT"),
        (survives, "421 to the dot", False, "-Q", "."),
    ],
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
