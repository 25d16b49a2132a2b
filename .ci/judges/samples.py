#!/usr/bin/python3
"""Writes mails to try the judges on:  samples.py DIR

DIR/good has two that every judge must pass; DIR/bad-JUDGE/*.eml are broken, one fault
each, and JUDGE must refuse every one of them.
"""
import base64
import pathlib
import quopri
import sys

HEAD = """\
Date: Mon, 23 Nov 2026 06:00:00 +0300
From: The Harbour Post <news@news.paper.example>
To: reader@reader.example
Reply-To: editors@paper.example
Subject: {subject}
Message-ID: <i1.7kq2m9x4c1a81f.{language}@news.paper.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_7f3a9c"
Content-Language: {language}
Auto-Submitted: auto-generated
Precedence: bulk
X-Auto-Response-Suppress: OOF, AutoReply
List-Id: Daily digest <daily.news.paper.example>
List-Unsubscribe: <https://news.paper.example/u/TlYxk3mQ0>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
List-Help: <https://news.paper.example/help>
List-Archive: <https://news.paper.example/issues>
Feedback-ID: i1:daily:news:harbourpost

--=_7f3a9c
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: {encoding}

{text}
--=_7f3a9c
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: {encoding}

{html}
--=_7f3a9c--
"""
ENGLISH = [("Ferry line to the islands opens in spring", "The council voted on Monday to run two boats a day."),
           ("School garden wins the county prize", "Forty pupils grew beans and sunflowers behind the gym."),
           ("Night train returns after ten years", "Tickets for the sleeper go on sale at the station today.")]
ARABIC = [("افتتاح خط العبارات إلى الجزر في الربيع", "قرر المجلس يوم الاثنين تسيير قاربين في اليوم."),
          ("حديقة المدرسة تفوز بجائزة المقاطعة", "زرع أربعون تلميذا الفول ودوار الشمس خلف القاعة."),
          ("عودة قطار الليل بعد عشر سنوات", "تباع تذاكر عربات النوم في المحطة ابتداء من اليوم.")]


def message(language, stories, encode):
    subject = stories[0][0]
    items = [(title, summary, f"https://paper.example/{n}") for n, (title, summary) in enumerate(stories, 1)]
    foot = "The Harbour Post, 1 Quay Street, Harbour 1000"
    leave = "https://news.paper.example/u/TlYxk3mQ0"
    text = "\n".join(f"{t}\n\n{s}\n{u}\n" for t, s, u in items) + f"\n{foot}\nUnsubscribe: {leave}\n"
    stories_html = "\n".join(f'<h2><a href="{u}">{t}</a></h2><p>{s}</p>' for t, s, u in items)
    direction = "rtl" if language == "ar" else "ltr"
    html = (f'<!DOCTYPE html>\n<html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
            f"<title>{subject}</title></head>\n<body>{stories_html}\n<p>{foot}</p>\n"
            f'<p><a href="{leave}">Unsubscribe</a></p></body></html>\n')
    if not subject.isascii():
        words = [subject[i:i + 18] for i in range(0, len(subject), 18)]
        subject = "\n ".join(f"=?utf-8?b?{base64.b64encode(w.encode()).decode()}?=" for w in words)
    name, encoder = encode
    raw = HEAD.format(language=language, subject=subject, encoding=name,
                      text=encoder(text.encode()).decode(), html=encoder(html.encode()).decode())
    return raw.encode().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


QP = ("quoted-printable", quopri.encodestring)
BASE64 = ("base64", base64.encodebytes)


def samples():
    good = message("en", ENGLISH, QP)
    arabic = message("ar", ARABIC, BASE64)
    yield "good/en", good
    yield "good/ar", arabic

    def broken(judge, name, old, new, base=good):
        assert old in base, name
        return f"bad-{judge}/{name}", base.replace(old, new, 1)

    def line(name):
        return next(l for l in good.splitlines(True) if l.startswith(name))
    yield broken("python_email", "bare-lf", b"\r\n\r\n--=_", b"\r\n\n--=_")
    yield broken("python_email", "bare-cr", b"Forty", b"\rForty")
    yield broken("python_email", "long-line", b"<body>", b"<body>" + b"x" * 1000)
    yield broken("python_email", "unfolded-subject", line(b"Subject"), b"Subject: " + b"word " * 20 + b"\r\n")
    yield broken("python_email", "two-subjects", line(b"Subject"), line(b"Subject") * 2)
    yield broken("python_email", "no-message-id", line(b"Message-ID"), b"")
    yield broken("python_email", "no-one-click", line(b"List-Unsubscribe-Post"), b"")
    yield broken("python_email", "two-recipients", b"To: ", b"To: other@reader.example, ")
    yield broken("python_email", "wrong-weekday", b"Mon, 23", b"Tue, 23")
    name = ARABIC[0][0].encode()  # cut after an odd number of bytes: inside a letter
    halves = b"\r\n ".join(b"=?utf-8?b?" + base64.b64encode(half) + b"?=" for half in (name[:13], name[13:40]))
    yield broken("python_email", "half-a-letter", line(b"Subject"), b"Subject: " + halves + b"\r\n")
    yield broken("python_email", "other-subject", b"=?utf-8?b?", b"=?utf-8?b?2YU=?= =?utf-8?b?", arabic)
    yield broken("python_email", "eight-bit", b"Harbour 1000", "Hafen Süd".encode())
    yield broken("python_email", "no-end", b"--=_7f3a9c--", b"")
    yield broken("python_email", "html-only", b"text/plain", b"text/html")
    yield broken("python_email", "bad-base64", b"base64\r\n\r\n", b"base64\r\n\r\n!!", arabic)
    yield broken("spamassassin", "headless", line(b"Date") + line(b"From") + line(b"To"), line(b"From"))
    text = good[good.index(b"\r\n\r\nFerry"):good.index(b"\r\n--=_7f3a9c\r\nContent-Type: text/html")]
    yield broken("spamassassin", "other-text", text, b"\r\n\r\n" + b"Nothing resembles what follows below.\r\n" * 9)
    yield broken("postfix", "long-line", b"<body>", b"<body>" + b"x" * 1200)
    yield broken("postfix", "eight-bit", b"quoted-printable\r\n\r\nFerry", "8bit\r\n\r\nFähre".encode())


if __name__ == "__main__":
    for path, data in samples():
        file = pathlib.Path(sys.argv[1], path + ".eml")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
