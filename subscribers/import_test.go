package subscribers

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func importText(t testing.TB, s *Store, text string) ImportReport {
	t.Helper()
	report, err := s.Import(t.Context(), strings.NewReader(text), ImportOptions{Edition: "daily", Evidence: testEvidence, Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// everything returns all rows of ours, to see that nothing changed.
func everything(t testing.TB, s *Store) []string {
	t.Helper()
	return append(besideImports(t, s), rowsOf(t, s, "import", "import_part", "import_change", "import_suppression", "import_touched")...)
}

// besideImports returns all rows of ours but those about imports themselves.
func besideImports(t testing.TB, s *Store) []string {
	t.Helper()
	return rowsOf(t, s, "subscriber", "subscription", "consent", "choice_change", "suppression", "signup", "address_change", "due_letter")
}

func rowsOf(t testing.TB, s *Store, tables ...string) (rows []string) {
	t.Helper()
	err := s.db.View(context.WithoutCancel(t.Context()), func(tx *sql.Tx) error {
		for _, table := range tables {
			found, err := tx.Query(`SELECT * FROM ` + table)
			if err != nil {
				return err
			}
			columns, _ := found.Columns()
			for found.Next() {
				values := make([]any, len(columns))
				for i := range values {
					values[i] = new(any)
				}
				if err := found.Scan(values...); err != nil {
					return err
				}
				row := table
				for _, v := range values {
					row += fmt.Sprintf(" %v", *v.(*any))
				}
				rows = append(rows, row)
			}
			if err := found.Err(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestImportReadsFilesAsPeopleHaveThem(t *testing.T) {
	utf16le := func(s string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(s)) {
			b.WriteByte(byte(u))
			b.WriteByte(byte(u >> 8))
		}
		return b.String()
	}
	utf16be := func(s string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(s)) {
			b.WriteByte(byte(u >> 8))
			b.WriteByte(byte(u))
		}
		return b.String()
	}
	const joerg = "jörg@müller.de"
	for name, text := range map[string]string{
		"comma":            "email,name,language\nanna@example.org,Jörg Haddad,ar\n",
		"no last line end": "email,name,language\nanna@example.org,Jörg Haddad,ar",
		"semicolon":        "Name;E-Mail;Lang\r\nJörg Haddad;anna@example.org;ar\r\n",
		"tab":              "E-mail address\tFull Name\tLocale\nanna@example.org\tJörg Haddad\tAR\n",
		"old Mac":          "email,name,language\ranna@example.org,Jörg Haddad,ar\r",
		"byte order mark":  "\ufeffemail,name,language\nanna@example.org,Jörg Haddad,ar\n",
		"sep":              "sep=;\nemail;name;language\nanna@example.org;Jörg Haddad;ar\n",
		"UTF-16 LE":        "\xff\xfe" + utf16le("email\tname\tlanguage\r\nanna@example.org\tJörg Haddad\tar\r\n"),
		"UTF-16 BE":        "\xfe\xff" + utf16be("email,name,language\nanna@example.org,Jörg Haddad,ar\n"),
		"UTF-16 unmarked":  utf16le("email,name,language\nanna@example.org,Jörg Haddad,ar\n"),
		"Latin-1":          "email,name,language\nanna@example.org,J\xf6rg Haddad,ar\n",
		"quoted":           "\"email\",\"name\",\"language\"\n\"anna@example.org\",\"Jörg Haddad\", ar \n",
		"blank lines":      "\n\nemail,name,language\n\n  \nanna@example.org,Jörg Haddad,ar\n\n",
		"two names":        "Last Name,First Name,Email Address,Language\nHaddad,Jörg,anna@example.org,Arabic\n",
		"other columns":    "id,email,notes,name,language\n1,anna@example.org,\"two\nlines, \"\"quoted\"\"\",Jörg Haddad,ar\n",
		"Arabic header":    "الاسم,البريد الإلكتروني,اللغة\nJörg Haddad,anna@example.org,العربية\n",
		"postal address":   "address,email,name,language\n1 Fleet St,anna@example.org,Jörg Haddad,ar\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := openStore(t)
			report := importText(t, s, text)
			if report.Lines != 1 || report.Added != 1 {
				t.Fatalf("%+v", report)
			}
			r, err := s.Find(t.Context(), address(t, "anna@example.org"))
			if err != nil || r.Name != "Jörg Haddad" || r.Language != "ar" || r.Subscriptions[0].State != Confirmed {
				t.Errorf("%+v, %v", r, err)
			}
			if report.Latin != (name == "Latin-1") {
				t.Errorf("Latin = %t", report.Latin)
			}
		})
	}
	s := openStore(t)
	if report := importText(t, s, "anna@example.org\nbob@example.org\n"+joerg+"\n"); report.Added != 2 || report.Bad != 1 || report.Columns["email"] != "column 1" {
		t.Errorf("a list without header: %+v", report)
	}
}

func TestImportListsBadLinesAndTakesTheRest(t *testing.T) {
	s := openStore(t)
	report := importText(t, s, strings.Join([]string{
		"email,name,status,language",
		"anna@example.org,Anna,,",
		"no address,Bob,,",
		`"carl@example.org,Carl,,`,
		"dora@example.org,\"Do\nra\",,",
		"emil@example.org,Emil,perhaps,",
		"fritz@example.org,Fritz,,Klingonish",
		"",
		`"gina@example.org"x,Gina,,`,
		"hugo@example.org," + strings.Repeat("h", 70_000) + ",,",
		"\"lena@example.org,Lena",
		"ines@example.org,O\"Neil,,",
		"ANNA@example.org,Anna,,",
		"jan@example.org,Jan,pending,",
		"süß@example.org,S,,",
		"kim@example.org,Kim,\"\",",
	}, "\n"))
	var bad []string
	for _, l := range report.BadLines {
		bad = append(bad, fmt.Sprintf("%d %s: %s", l.Line, l.Email, l.Text))
	}
	want := []string{
		`3 no address: the address has no @`,
		`4 : a quotation mark (") is opened and never closed`,
		`5 dora@example.org: the name has a line break or another control character in it`,
		`7 emil@example.org: status "perhaps" is not known; write subscribed or unsubscribed`,
		`8 fritz@example.org: language "Klingonish" is not known; write a tag such as en, ar or pt-BR`,
		`10 : there is text after a closing quotation mark (")`,
		`11 : the line has more than 65536 bytes`,
		`12 : a quotation mark (") is opened and never closed`,
		`16 süß@example.org: ` + ErrLocalPartNotASCII.Error(),
	}
	if diff := cmp.Diff(want, bad); diff != "" {
		t.Error(diff)
	}
	if report.Lines != 14 || report.Added != 3 || report.Bad != 9 || report.Skipped != 2 || report.SkippedBy[SkipDuplicate] != 1 || report.SkippedBy[SkipUnconfirmed] != 1 {
		t.Errorf("%+v", report)
	}
	if diff := cmp.Diff([]string{"anna@example.org", "ines@example.org", "kim@example.org"}, recipients(t, s, "daily")); diff != "" {
		t.Error(diff)
	}
	checkConsistent(t, s)
}

func TestImportReportIsBounded(t *testing.T) {
	s := openStore(t)
	report := importText(t, s, "email\n"+strings.Repeat("nobody\n", 1500)+strings.Repeat("anna@example.org\n", 1501))
	if report.Bad != 1500 || len(report.BadLines) != maxReported || report.Skipped != 1500 || len(report.SkippedLines) != maxReported || report.Added != 1 {
		t.Errorf("%d bad, %d listed; %d skipped, %d listed; %d added", report.Bad, len(report.BadLines), report.Skipped, len(report.SkippedLines), report.Added)
	}
}

func TestUnusableFileChangesNothing(t *testing.T) {
	s := openStore(t)
	add(t, s, "anna@example.org", "daily")
	before := everything(t, s)
	for _, c := range []struct {
		name string
		file io.Reader
		o    ImportOptions
		want string
	}{
		{"empty", strings.NewReader(""), ImportOptions{}, "empty"},
		{"blank", strings.NewReader("\n \n\r\n"), ImportOptions{}, "no line with text"},
		{"no address column", strings.NewReader("name;town\nAnna;Riyadh\n"), ImportOptions{}, `"name", "town"`},
		{"workbook", strings.NewReader("PK\x03\x04 and so on"), ImportOptions{}, "save it as CSV"},
		{"binary", strings.NewReader("GIF89a\x01\x00\x01\x00\x80email,name\n"), ImportOptions{}, "not a text file"},
		{"unreadable", iotest.ErrReader(errors.New("input/output error")), ImportOptions{}, "cannot be read"},
		{"no evidence", strings.NewReader("email\nbob@example.org\n"), ImportOptions{Evidence: "\t"}, "consent"},
		{"bad edition", strings.NewReader("email\nbob@example.org\n"), ImportOptions{Edition: "../x"}, "edition"},
		{"bad language", strings.NewReader("email\nbob@example.org\n"), ImportOptions{Language: "?"}, "language"},
		{"header only", strings.NewReader("email,name\n"), ImportOptions{}, ""},
		{"bad lines only", strings.NewReader("email,name\nx\ny\n"), ImportOptions{}, ""},
	} {
		if c.o.Evidence == "" {
			c.o.Evidence = testEvidence
		}
		if c.o.Edition == "" {
			c.o.Edition = "daily"
		}
		report, err := s.Import(t.Context(), c.file, c.o)
		if (c.want == "") != (err == nil) || (err != nil && !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if diff := cmp.Diff(before, everything(t, s)); diff != "" || report.ID != 0 {
			t.Errorf("%s: changed %s (import %d)", c.name, diff, report.ID)
		}
	}
}

func TestImportOfFileThatBreaksOffKeepsWhatItRead(t *testing.T) {
	s := openStore(t)
	broken := io.MultiReader(strings.NewReader("email\nanna@example.org\nbob@example.org\ncarl@exam"), iotest.ErrReader(errors.New("cable pulled")))
	report, err := s.Import(t.Context(), broken, ImportOptions{Edition: "daily", Evidence: testEvidence, Now: testNow})
	if err == nil || !strings.Contains(err.Error(), "line 4") || !strings.Contains(err.Error(), "cable pulled") {
		t.Errorf("%v", err)
	}
	if report.Added != 2 || report.Lines != 2 || report.ID == 0 || len(recipients(t, s, "daily")) != 2 {
		t.Errorf("%+v", report)
	}
}

func TestUnsubscribedInTheFileIsUnsubscribedHere(t *testing.T) {
	s := openStore(t)
	add(t, s, "known@example.org", "daily")
	report := importText(t, s, strings.Join([]string{
		"email,status,confirmed,unsubscribed_at",
		"new@example.org,unsubscribed,2020-01-02,2024-05-06 07:08:09",
		"known@example.org,Unsubscribed,,",
		"bounced@example.org,cleaned,,",
		"both@example.org,subscribed,,",
		"both@example.org,unsubscribed,,",
		"late@example.org,unsubscribed,,",
		"late@example.org,subscribed,,",
		"fine@example.org,subscribed,2020-01-02,",
		"future@example.org,subscribed,2999-01-02,",
		"odd@example.org,subscribed,3/4/2020,",
	}, "\n"))
	if report.Lines != 10 || report.Added != 4 || report.Unsubscribed != 5 || report.SkippedBy[SkipDuplicate] != 1 || report.UnreadDates != 2 {
		t.Errorf("%+v", report)
	}
	if diff := cmp.Diff([]string{"fine@example.org", "future@example.org", "odd@example.org"}, recipients(t, s, "daily")); diff != "" {
		t.Error(diff)
	}
	r, _ := s.Find(t.Context(), address(t, "new@example.org"))
	if n := r.Subscriptions[0]; date(n.Confirmed.Unix()) != "2020-01-02T00:00:00Z" || date(n.Left.Unix()) != "2024-05-06T07:08:09Z" {
		t.Errorf("%+v", n)
	}
	consents, _ := s.Consents(t.Context(), r.ID)
	if c := consents[0]; c.Act != Withdraw || c.Method != MethodImport || c.Evidence != testEvidence || c.ImportID != report.ID || !c.At.Equal(r.Subscriptions[0].Left) {
		t.Errorf("%+v", c)
	}
	checkConsistent(t, s)
}

// empty takes out all rows, which is quicker than another database.
func empty(t testing.TB, s *Store) {
	t.Helper()
	err := s.db.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM import_part; DELETE FROM import_change; DELETE FROM import_suppression; DELETE FROM import_touched; DELETE FROM choice_change; DELETE FROM consent; DELETE FROM import; DELETE FROM subscription; DELETE FROM subscriber; DELETE FROM suppression`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Whatever a reader's history, and whatever one or two files say of them.
func TestImportNeverRevives(t *testing.T) {
	s := openStore(t)
	ctx := t.Context()
	rapid.Check(t, func(rt *rapid.T) {
		empty(t, s)
		const people = 7
		email := func(i int) string { return fmt.Sprintf("reader%d@example.org", i) }
		gone := map[string]bool{} // must not be a recipient ever after
		for i := range people {
			history := rapid.SampledFrom([]string{"unknown", "subscribed", "left", "left all", "bounce", "complaint", "erased", "unknown bounce", "other edition"}).Draw(rt, "history")
			a := address(t, email(i))
			var err error
			switch history {
			case "subscribed":
				add(t, s, email(i), "daily")
			case "other edition":
				add(t, s, email(i), "weekly")
			case "left":
				_, err = s.Unsubscribe(ctx, add(t, s, email(i), "daily").Subscriptions[0].ID, MethodOneClick, testNow)
			case "left all":
				err = s.UnsubscribeAll(ctx, add(t, s, email(i), "weekly").ID, MethodPage, testNow)
			case "bounce", "complaint", "erased":
				add(t, s, email(i), "daily")
				err = s.Suppress(ctx, a, Reason(history), "", testNow)
			case "unknown bounce":
				err = s.Suppress(ctx, a, ReasonBounce, "", testNow)
			}
			if err != nil {
				rt.Fatal(err)
			}
			gone[email(i)] = !strings.Contains("unknown subscribed other edition", history)
		}
		for range rapid.IntRange(1, 2).Draw(rt, "files") {
			file := "email,status\n"
			lines := rapid.SliceOfN(rapid.IntRange(0, people-1), 1, 20).Draw(rt, "lines")
			leaves := map[string]bool{}
			for _, i := range lines {
				status := rapid.SampledFrom([]string{"", "subscribed", "confirmed", "unsubscribed", "bounced", "complained"}).Draw(rt, "status")
				address := email(i)
				if rapid.Bool().Draw(rt, "capitals") {
					address = strings.ToUpper(address)
				}
				file += address + "," + status + "\n"
				leaves[email(i)] = leaves[email(i)] || !strings.Contains("subscribed confirmed", status)
			}
			s.landing = rapid.IntRange(4, 12).Draw(rt, "lines in a transaction")
			o := ImportOptions{Edition: "daily", Evidence: testEvidence, Now: testNow, DryRun: true}
			before := everything(t, s)
			foretold, err := s.Import(ctx, strings.NewReader(file), o)
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(before, everything(t, s)); diff != "" {
				rt.Fatal("a dry run changed something: ", diff)
			}
			o.DryRun = false
			report, err := s.Import(ctx, strings.NewReader(file), o)
			if err != nil {
				rt.Fatal(err)
			}
			foretold.ID = report.ID
			if diff := cmp.Diff(foretold, report); diff != "" {
				rt.Fatal("a dry run foretold something else: ", diff)
			}
			if report.Lines != int64(len(lines)) || report.Lines != report.Added+report.Unsubscribed+report.Skipped+report.Bad || report.Bad != 0 {
				rt.Fatalf("%d lines: %+v", len(lines), report)
			}
			for address, left := range leaves {
				gone[address] = gone[address] || left
			}
			for _, r := range recipients(t, s, "daily") {
				if gone[strings.ToLower(r)] {
					rt.Fatalf("%s was revived by\n%s", r, file)
				}
			}
			checkConsistent(rt, s)
		}
	})
}

func TestImportsAtOnce(t *testing.T) {
	s := openStore(t)
	errs := make(chan error)
	for i := range 4 {
		go func() {
			var file strings.Builder
			file.WriteString("email\n")
			for j := range 500 {
				fmt.Fprintf(&file, "reader%d@example.org\n", j+i*250) // half of it is also in the next
			}
			_, err := s.Import(t.Context(), strings.NewReader(file.String()), ImportOptions{Edition: "daily", Evidence: testEvidence, Now: testNow})
			errs <- err
		}()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if n, err := s.Count(t.Context(), "daily"); err != nil || n != 1250 {
		t.Errorf("%d recipients, %v; want 1250", n, err)
	}
	checkConsistent(t, s)
}

func TestExportCanBeImported(t *testing.T) {
	s := openStore(t)
	for i, name := range []string{"Anna", `Bob "the" Builder, Jr.`, "=HYPERLINK(1)", "'=twice", "'Abd", "منى حداد", "-", ""} {
		n := NewSubscriber{Address: address(t, fmt.Sprintf("reader%d@example.org", i)), Name: name, Language: []string{"", "ar"}[i%2]}
		r, err := s.Add(t.Context(), n, "daily", testEvidence, testNow.AddDate(0, 0, -i))
		if err != nil {
			t.Fatal(err)
		}
		if i == 3 {
			if _, err := s.Unsubscribe(t.Context(), r.Subscriptions[0].ID, MethodPage, testNow); err != nil {
				t.Fatal(err)
			}
		}
	}
	chose := add(t, s, "=reader@example.org", "daily")
	choices := UsualChoices()
	choices.Topics, choices.Frequency = []string{"=Sport", "Arts, Books"}, Weekly
	if err := s.SetChoices(t.Context(), chose.Subscriptions[0].ID, choices, testNow); err != nil {
		t.Fatal(err)
	}
	add(t, s, "weekly@example.org", "weekly")
	bounced := add(t, s, "bounced@example.org", "daily")
	if err := s.Suppress(t.Context(), address(t, bounced.Email), ReasonBounce, "", testNow); err != nil {
		t.Fatal(err)
	}
	var first strings.Builder
	if n, err := s.Export(t.Context(), &first, ""); err != nil || n != 11 {
		t.Fatalf("%d lines, %v", n, err)
	}
	records, err := csv.NewReader(strings.NewReader(first.String())).ReadAll()
	if err != nil || strings.Join(records[0], ",") != "email,name,language,edition,state,created,confirmed,left,topics,frequency" {
		t.Fatalf("%v, %v", records, err)
	}
	for _, record := range records {
		for _, cell := range record {
			if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "-") {
				t.Errorf("a spreadsheet would read %q as a formula", cell)
			}
		}
	}

	other := openStore(t)
	report, err := other.Import(t.Context(), strings.NewReader(first.String()), ImportOptions{
		Edition: "daily", Evidence: testEvidence, Now: testNow, Offer: []string{"Arts, Books", "=Sport"}})
	if err != nil || report.System != Pressrun {
		t.Fatal(report, err)
	}
	if report.Added != 8 || report.Unsubscribed != 2 || report.SkippedBy[SkipOther] != 1 {
		t.Errorf("%+v", report)
	}
	if diff := cmp.Diff(byEmail(t, s, "bounced@example.org"), byEmail(t, other, "bounced@example.org")); diff != "" {
		t.Error(diff)
	}
	if got := byEmail(t, other, "")["bounced@example.org"]; !strings.Contains(got, string(Unsubscribed)) {
		t.Errorf("a suppressed reader became %s", got)
	}
}

// byEmail describes each reader of the daily edition but one.
func byEmail(t testing.TB, s *Store, but string) map[string]string {
	t.Helper()
	page, err := s.List(t.Context(), Filter{Edition: "daily", Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, r := range page {
		if n := r.Subscriptions[0]; r.Email != but {
			found[r.Email] = fmt.Sprint(r.Name, "|", r.Language, "|", n.State, "|", n.Created, "|", n.Confirmed, "|", n.Left, "|", n.Choices)
		}
	}
	return found
}

// Whatever a file holds: each of its lines is accounted for, the tables agree with each
// other, and who left stays away.
func FuzzImport(f *testing.F) {
	for _, seed := range []string{
		"email,name,status\nanna@example.org,Anna,\ngone@example.org,Gone,subscribed\n",
		"gone@example.org\n", "e-mail;lang\nGONE@EXAMPLE.ORG;ar\n\"x\n", "\xff\xfee\x00m\x00a\x00i\x00l\x00\n\x00",
		"email\n\"a@b.co\n\n\"\n", "sep=;\nemail;edition\na@b.co;weekly\n", "email,unsubscribed\na@b.co,2020-01-01\na@b.co,\n", "email\r\r\n\"\"\n",
	} {
		f.Add([]byte(seed))
	}
	s := openStore(f)
	f.Fuzz(func(t *testing.T, file []byte) {
		empty(t, s)
		gone := add(t, s, "gone@example.org", "daily")
		if _, err := s.Unsubscribe(t.Context(), gone.Subscriptions[0].ID, MethodOneClick, testNow); err != nil {
			t.Fatal(err)
		}
		if err := s.Suppress(t.Context(), address(t, "bounced@example.org"), ReasonBounce, "", testNow); err != nil {
			t.Fatal(err)
		}
		in := bytes.NewReader(file)
		report, err := s.Import(t.Context(), in, ImportOptions{Edition: "daily", Evidence: testEvidence, Now: testNow})
		after, cerr := s.Count(t.Context(), "daily")
		if cerr != nil {
			t.Fatal(cerr)
		}
		if report.Lines != report.Added+report.Unsubscribed+report.Skipped+report.Bad {
			t.Fatalf("%+v", report)
		}
		if after > report.Added || after < report.Added-report.Unsubscribed {
			t.Fatalf("%d recipients: %+v", after, report)
		}
		if err != nil && (report.Lines != 0 || after != 0) {
			t.Fatalf("%v, and yet %+v", err, report)
		}
		if want, plain := plainLines(string(file)); err == nil && plain {
			if !strings.HasPrefix(report.Columns["email"], "column ") {
				want-- // the header
			}
			if report.Lines != want {
				t.Fatalf("%d lines, of which %d are reported", want, report.Lines)
			}
		}
		for _, r := range recipients(t, s, "daily") {
			if key := strings.ToLower(r); key == "gone@example.org" || key == "bounced@example.org" {
				t.Fatalf("%s was revived", key)
			}
		}
		checkConsistent(t, s)
	})
}

// plainLines counts the lines with text of a file in which that is simple.
func plainLines(file string) (n int64, plain bool) {
	if !utf8.ValidString(file) || strings.ContainsAny(file, "\x00\"\ufeff") || strings.HasPrefix(strings.ToLower(file), "sep=") {
		return 0, false
	}
	for line := range strings.FieldsFuncSeq(file, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if strings.TrimFunc(line, isBlank) != "" {
			n++
		}
	}
	return n, true
}

func BenchmarkImport(b *testing.B) {
	var file strings.Builder
	file.WriteString("email,name,language,status\n")
	const n = 100_000
	for r := range numbered(b, n) {
		fmt.Fprintf(&file, "%s,%s,%s,subscribed\n", r.Address, r.Name, r.Language)
	}
	b.ReportAllocs()
	for b.Loop() {
		s := openStore(b)
		report, err := s.Import(b.Context(), strings.NewReader(file.String()), ImportOptions{Edition: "daily", Evidence: testEvidence, Now: testNow})
		if err != nil || report.Added != n {
			b.Fatal(report, err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "lines/s")
}
