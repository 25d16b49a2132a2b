package templates

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

func arabic(t testing.TB) *interpreter {
	t.Helper()
	set, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return set.said["ar"]
}

func TestWhatTheProgramSaysIsSaidInArabic(t *testing.T) {
	in := arabic(t)
	for _, c := range []struct{ name, text, want string }{
		{"a whole sentence", "nobody approved it in time", "لم يوافق عليه أحد في الوقت المحدد"},
		{"one in another", "held: only Mona approved it in time, and two editors must",
			"عُلّق: لم يوافق عليه في الوقت المحدد إلا <bdi>Mona</bdi>، ولا بد من موافقة محررَين"},
		{"what came after it", "held by Omar and Mona; then Sara let it go", "علّقه <bdi>Omar</bdi> و<bdi>Mona</bdi>؛ ثم سمح <bdi>Sara</bdi> بإرساله"},
		{"numbers in their plural form", "too few stories: 1 of 2 stories in en, 0 of 11 stories in fr",
			"القصص أقل من اللازم: <bdi>1</bdi> من قصتين باللغة الإنجليزية، <bdi>0</bdi> من 11 قصة باللغة <bdi>fr</bdi>"},
		{"an age", "36 hours", "36 ساعة"},
		{"a day", "it does not go out on 20 March 2027: عيد الفطر", "لا تصدر يوم 20 مارس 2027: <bdi>عيد الفطر</bdi>"},
		{"times of day", "too late: it could go out only at Sat 11:30, and was of use until Sat 10:00; its stories wait for the next issue",
			"تأخر: لم يتيسّر إرساله إلا في السبت 11:30، وكان يستحق الإرسال حتى السبت 10:00. تنتظر قصصه العدد التالي"},
		{"a run that was missed", "missed: nothing ran at that time, and the issue of Mon 2 Jan 07:00 makes up for it",
			"فات موعده لأن البرنامج لم يكن يعمل في ذلك الوقت، ويعوّضه عدد الاثنين 2 يناير 07:00"},
		{"a list of what was left out", "to stay below the size at which mail programs cut a letter off, this was left out: 2 excerpts, 0 pictures, 1 story",
			"حُذف ما يلي حتى لا تبلغ الرسالة الحجم الذي تقطعها عنده برامج البريد: ملخصان، لا صورة، قصة كاملة واحدة"},
		{"a server's reply, which stays", "rcpt: hard: 550 5.1.1 <nobody> unknown",
			`العنوان غير موجود (عند ذكر المستلِم): <bdi dir="ltr">550 5.1.1 &lt;nobody&gt; unknown</bdi>`},
		{"in doubt", "may have arrived, and is not sent again: dot: no reply after the message was sent, it may have arrived: EOF",
			"ربما وصلت، ولا تُرسل مرة أخرى: لم يأت رد بعد إرسال الرسالة (بعد نص الرسالة)، وربما وصلت: انقطع الاتصال"},
		{"a domain that rests", "gmail.com asked for a rest; nothing goes there until 15:04 UTC", "طلب <bdi>gmail.com</bdi> التوقف. لا يُرسل إليه شيء حتى 15:04 UTC"},
		{"a domain that rests, and what it said", "gmail.com asked for a rest; nothing goes there until 15:04 UTC; the last answer was: 421 4.7.28 too fast",
			`طلب <bdi>gmail.com</bdi> التوقف. لا يُرسل إليه شيء حتى 15:04 UTC؛ وكان آخر رد: <bdi dir="ltr">421 4.7.28 too fast</bdi>`},
		{"a command with a value in it", "https://a.example/feed does not exist (404); run `pressrun sources test https://a.example` to find where the feed went",
			`<bdi>https://a.example/feed</bdi> غير موجود (404). نفّذ الأمر «<bdi dir="ltr">pressrun sources test https://a.example</bdi>» لمعرفة أين صارت الخلاصة`},
		{"an error of the system in one of ours", "https://a.example/feed could not be read (dial tcp 10.0.0.1:443: connect: network is unreachable); it will be tried again",
			"تعذّرت قراءة <bdi>https://a.example/feed</bdi> (الاتصال بـ <bdi>10.0.0.1:443</bdi>: <bdi>connect</bdi>: لا يمكن الوصول إلى الشبكة). ستُعاد المحاولة"},
		{"an error within errors", "import: the disk of /srv/pressrun.db is full; free some space and start again, nothing was changed: database or disk is full",
			"الاستيراد: امتلأ قرص <bdi>/srv/pressrun.db</bdi>. أفرغ بعض المساحة وابدأ من جديد. لم يتغير شيء: امتلأت قاعدة البيانات أو القرص"},
		{"a text in quotation marks", `"\"x" is no time of day`, "«<bdi>&#34;x</bdi>» ليس وقتًا من اليوم"},
		{"a schedule", "Mondays, Tuesdays and Fridays at 07:00, 18:00", "الاثنين والثلاثاء والجمعة عند <bdi>07:00, 18:00</bdi>"},
		{"every day", "every day at 07:00", "كل يوم عند <bdi>07:00</bdi>"},
		{"a single run for the log", "Tue 2026-11-24 07:00 left out", "أُسقط موعد الثلاثاء 24 نوفمبر 2026 07:00"},
		{"a single run, and why", "extra issue Tue 2026-11-24 18:30: election night",
			`عدد إضافي في الثلاثاء 24 نوفمبر 2026 18:30: <bdi lang="en" dir="ltr">election night</bdi>`},
		{"a run that was moved, and why", "Tue 2026-11-24 07:00 moved to Wed 2026-11-25 09:00: حداد",
			"نُقل موعد الثلاثاء 24 نوفمبر 2026 07:00 إلى الأربعاء 25 نوفمبر 2026 09:00: <bdi>حداد</bdi>"},
		{"a run that rests, and why", "left out by Mona: a day of mourning", "أسقط هذا الموعد <bdi>Mona</bdi>: <bdi>a day of mourning</bdi>"},
		{"two errors", "the issue was cancelled\nnobody approved it in time", "أُلغي العدد\nلم يوافق عليه أحد في الوقت المحدد"},
		{"a known one behind another", "a new room: not found", "<bdi lang=\"en\" dir=\"ltr\">a new room</bdi>: غير موجود"},
		{"none that is known", "the moon is full", `<bdi lang="en" dir="ltr">the moon is full</bdi>`},
		{"an editor's own words", "طلب ذلك بالهاتف", "<bdi>طلب ذلك بالهاتف</bdi>"},
		{"an address alone", "mona@paper.example", "<bdi>mona@paper.example</bdi>"},
		{"nothing", " ", ""},
		{"markup", "held by <script>alert(1)</script>", "علّقه <bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>"},
		{"a value like a hole", "held by {1}", "علّقه <bdi>{1}</bdi>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(in.html(c.text)); got != c.want {
				t.Errorf("%q is said as\n%s, not\n%s", c.text, got, c.want)
			}
		})
	}
}

func TestASentenceThatStandsAloneIsOne(t *testing.T) {
	d := desk(t)
	for _, c := range []struct{ lang, text, want string }{
		{"en", "the issue was cancelled", `<bdi lang="en" dir="ltr">The issue was cancelled.</bdi>`},
		{"en", "https://a.example refuses connections; check it", `<bdi lang="en" dir="ltr">https://a.example refuses connections; check it.</bdi>`},
		{"en", "Nothing was sent.", `<bdi lang="en" dir="ltr">Nothing was sent.</bdi>`},
		{"ar", "the issue was cancelled", "أُلغي العدد."},
		{"ar", "held by Omar", "علّقه <bdi>Omar</bdi>."},
		{"ar", "the relay's URL has no host; write smtp://host:587",
			`ليس في عنوان خادم البريد اسم خادم. اكتبه مثل <bdi dir="ltr">smtp://host:587</bdi>.`},
		{"ar", "the moon is full", `<bdi lang="en" dir="ltr">The moon is full.</bdi>`},
		{"ar", "لم يتغير شيء.", "<bdi>لم يتغير شيء.</bdi>"},
		{"ar", "", ""},
	} {
		if got := string(d.tongues[c.lang].told(c.text)); got != c.want {
			t.Errorf("%q in %s is told as %s, not %s", c.text, c.lang, got, c.want)
		}
	}
}

func TestReadersSiteAndLettersSayItToo(t *testing.T) {
	page := pages(t, evening, nil).text(t, "approve", Page{Language: "ar", View: ApprovePage{Edition: "Daily", State: ApproveSkipped, Reason: "held by Omar"}})
	if want := "<p>علّقه <bdi>Omar</bdi></p>"; !strings.Contains(page, want) {
		t.Errorf("the page of an approval lacks %s:\n%s", want, page)
	}
	n := aNotice(NoticeSkipped, "ar")
	n.Reasons = []string{"Mon 2 Jan 07:00: missed: nothing ran at that time; its stories wait for the next issue"}
	letter, err := load(t).Notice(n)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(letter.Text)), " ")
	if want := "الاثنين 2 يناير 07:00: فات موعده"; !strings.Contains(text, want) {
		t.Errorf("the letter lacks %s:\n%s", want, letter.Text)
	}
	if n.Reasons[0][:3] != "Mon" {
		t.Error("it changed the caller's reasons")
	}
}

func TestInPlainTextMarksKeepValuesApart(t *testing.T) {
	if got, want := arabic(t).plain("held by Omar"), "علّقه \u2068Omar\u2069"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
	var none *interpreter
	if got := none.plain("held by Omar"); got != "held by Omar" {
		t.Errorf("in English %q", got)
	}
}

// sampleOf is a value of a kind for a verb of package fmt, as the code would give it.
func sampleOf(in *interpreter, verb byte, kind string, n int) any {
	switch {
	case verb == 'd':
		return 3 + n
	case verb == 'o':
		return 0o644
	case verb == 'U':
		return 'ﷺ'
	case verb == 'w':
		return errors.New("no route to host")
	case verb == 'T':
		return time.Time{}
	case kind == asMoment:
		return "20 March 2027"
	case kind == asAt:
		return "Mon 2 Jan 15:04"
	case kind == asWeekdays:
		return "Mondays and Fridays"
	case in.tongue.words[kind+".other"] != "":
		return "7"
	}
	if kind != asIs && kind != asLanguage && kind != asSaid {
		for _, word := range slices.Sorted(maps.Keys(in.tongue.words)) {
			if name, ok := strings.CutPrefix(word, kind+"."); ok {
				return strings.ReplaceAll(name, "-", " ")
			}
		}
	}
	return []string{"Nadia", "news.example", "Omar", "cafe"}[n%4]
}

func (in *interpreter) all() (all []*saying) {
	for _, s := range in.whole {
		all = append(all, s)
	}
	for _, some := range in.begins {
		all = append(all, some...)
	}
	return append(all, in.open...)
}

// TestEverySentenceIsKnownByItsText fills each key as the code does.
func TestEverySentenceIsKnownByItsText(t *testing.T) {
	in := arabic(t)
	if n := len(in.all()); n < 400 {
		t.Fatalf("only %d sentences", n)
	}
	for _, s := range in.all() {
		kinds := make([]string, len(s.verbs))
		for _, part := range s.answer {
			if part.hole > 0 {
				kinds[part.hole-1] = part.kind
			}
		}
		var samples []any
		for i, verb := range keyHole.FindAllString(s.key, -1) {
			samples = append(samples, sampleOf(in, verb[len(verb)-1], kinds[i], i))
		}
		text := s.key
		if len(samples) > 0 {
			text = fmt.Sprintf(strings.ReplaceAll(s.key, "%w", "%v"), samples...)
		}
		got, known := in.one(text, 0)
		values, fits := s.match(text)
		if !known || !fits {
			t.Errorf("%q is not known as %q", text, s.key)
			continue
		}
		want, _ := in.fill(s, values, 0)
		if markup(got) != markup(want) {
			t.Errorf("%q is said as %s, not as %q", text, markup(got), s.key)
		}
	}
}

func TestEveryRefusalOfARelayIsSaid(t *testing.T) {
	in := arabic(t)
	for _, stage := range []string{"connect", "tls", "auth", "mail", "rcpt", "data", "body", "dot"} {
		for _, class := range []string{"hard", "soft", "retry", "unavailable", "quota", "block", "configuration", "content", "sender", "protocol"} {
			text := stage + ": " + class + ": 550 no"
			want := in.tongue.words["class."+class] + " (" + in.tongue.words["stage."+stage] + `): <bdi dir="ltr">550 no</bdi>`
			if got := string(in.html(text)); got != want {
				t.Errorf("%q is said as %s, not %s", text, got, want)
			}
		}
	}
}

// TestArabicSentencesAreArabic finds what a translator forgets.
func TestArabicSentencesAreArabic(t *testing.T) {
	in := arabic(t)
	for _, s := range in.all() {
		text := ""
		for _, part := range s.answer {
			if len(part.row) > 0 || part.hole > 0 {
				text += "-"
			}
			text += part.text
		}
		hasWords := strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Arabic, r) })
		onlyValues := !strings.ContainsFunc(text, unicode.IsLetter)
		if !hasWords && !onlyValues {
			t.Errorf("%q has no Arabic: %q", s.key, text)
		}
		for _, never := range []string{", ", "?", ";", "%", "  ", "{", "}"} {
			if strings.Contains(text, never) {
				t.Errorf("%q has %q in Arabic: %q", s.key, never, text)
			}
		}
	}
}

func TestSentencesThatCannotBeUsedAreRefused(t *testing.T) {
	for _, c := range []struct{ key, sentence, want string }{
		{"older than %s", "أقدم", "lacks its hole {1}"},
		{"older than %s", "أقدم من {2} {1}", "has no hole 2"},
		{"%s%s", "{1}{2}", "touch"},
		{"nothing", "", "says nothing"},
	} {
		if _, err := newSaying(c.key, c.sentence); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q as %q: %v", c.key, c.sentence, err)
		}
	}
	in := arabic(t)
	for _, key := range []string{"not found", "held by %s", "%s at %s", "%q is not a domain"} {
		s, err := newSaying(key, strings.Repeat("{1}{2}", strings.Count(key, "%")/2)+"{1}"[:3*min(1, strings.Count(key, "%"))]+".")
		if err != nil {
			t.Fatal(err)
		}
		if in.add(s) == nil {
			t.Errorf("%q was taken twice", key)
		}
	}
	s, err := newSaying("a new %s", "جديد {1:colour}")
	if err != nil {
		t.Fatal(err)
	}
	if err := in.add(s); err != nil {
		t.Fatal(err)
	}
	if err := in.settle(); err == nil || !strings.Contains(err.Error(), "colour") {
		t.Errorf("a kind without words: %v", err)
	}
}

func TestTheSentenceWithMostLettersOfItsOwnIsMeant(t *testing.T) {
	in := &interpreter{whole: map[string]*saying{}, begins: map[byte][]*saying{}, tongue: &tongue{}}
	for key, sentence := range map[string]string{"%s is gone": "أ {1}", "the %s is gone": "ب {1}", "the house is %s": "ج {1}", "the house %s": "د {1}"} {
		s, err := newSaying(key, sentence)
		if err != nil {
			t.Fatal(err)
		}
		if err := in.add(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.settle(); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"the house is gone": "ج <bdi>gone</bdi>", "the dog is gone": "ب <bdi>dog</bdi>", "a dog is gone": "أ <bdi>a dog</bdi>", "the house burns": "د <bdi>burns</bdi>",
	} {
		for range 20 {
			if got := string(in.html(text)); got != want {
				t.Fatalf("%q is said as %s, not %s", text, got, want)
			}
		}
	}
}

// TestHostileTextTakesNoTime: no text, however long and however many sentences it seems to
// have in it, holds a page up.
func TestHostileTextTakesNoTime(t *testing.T) {
	in := arabic(t)
	for _, seed := range []string{"; ", ": ", "a: b; ", "held: ", "held: sent all the same: ", " and ", `"`, `"\`, "of ", "%s", "{1}", "too few stories: 1 of 2 stories in en, ", "https://a could not be read (", "\n", "عُلّق: "} {
		text := strings.Repeat(seed, longestSaid/len(seed))
		start := time.Now()
		in.html(text)
		if took := time.Since(start); took > time.Second {
			t.Errorf("%d times %q took %v", longestSaid/len(seed), seed, took)
		}
	}
}

var saidTags = regexp.MustCompile(`</?bdi>|<bdi (?:lang="en" )?dir="ltr">`)

func FuzzSaidLetsNoMarkupThrough(f *testing.F) {
	in := arabic(f)
	for _, s := range in.all()[:40] {
		f.Add(s.key)
	}
	f.Add("held by <script>; then <img src=x onerror=x> let it go")
	f.Add("the date \"<b>\\\"\" cannot be read; write 2027-03-20, or 12-25 for every year")
	f.Fuzz(func(t *testing.T, text string) {
		got := string(in.html(text))
		if rest := saidTags.ReplaceAllString(got, ""); strings.ContainsAny(rest, `<>"'`) {
			t.Errorf("%q is said as %s", text, got)
		}
		if strings.Count(got, "<bdi") != strings.Count(got, "</bdi>") {
			t.Errorf("%q leaves something open: %s", text, got)
		}
		if again := string(in.html(text)); again != got {
			t.Errorf("%q is said as %s and as %s", text, got, again)
		}
		in.plain(text)
	})
}

// BenchmarkSaid is for a page of a hundred reasons.
func BenchmarkSaid(b *testing.B) {
	in := arabic(b)
	reasons := []string{
		"too few stories: 1 of 2 stories in en", "rcpt: hard: 550 5.1.1 no such user here", "missed: nothing ran at that time; its stories wait for the next issue",
		"the moon is full", "https://a.example/feed took longer than 15 seconds; it will be tried again",
	}
	for b.Loop() {
		for i := range 100 {
			in.html(reasons[i%len(reasons)])
		}
	}
}
