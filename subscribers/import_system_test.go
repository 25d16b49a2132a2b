package subscribers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// described tells of each reader of the daily edition what a file said of them.
func described(t *testing.T, s *Store) []string {
	t.Helper()
	page, err := s.List(t.Context(), Filter{Edition: "daily", Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range page {
		n := r.Subscriptions[0]
		line := fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s", r.Email, r.Name, r.Language, n.State, date(n.Created.Unix()), date(n.Confirmed.Unix()), date(n.Left.Unix()))
		if n.Confirmed.IsZero() {
			line = strings.Replace(line, date(n.Confirmed.Unix()), "", 1)
		}
		if n.Left.IsZero() {
			line = strings.TrimSuffix(line, date(n.Left.Unix()))
		}
		if len(n.Choices.Topics) > 0 || n.Choices.Frequency != Each {
			line += fmt.Sprintf("|%v %s", n.Choices.Topics, n.Choices.Frequency)
		}
		reasons, err := s.Suppressions(t.Context(), address(t, r.Email))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range reasons {
			line += fmt.Sprintf("|%s %s", p.Reason, date(p.At.Unix()))
		}
		all = append(all, line)
	}
	return all
}

func TestExportsOfOtherSystems(t *testing.T) {
	const now = "2026-11-23T06:00:00Z"
	if date(testNow.Unix()) != now {
		t.Fatalf("testNow is %s", date(testNow.Unix()))
	}
	for _, c := range []struct {
		name   string
		file   string // its name
		text   string
		system System
		want   []string
		skip   map[Skip]int64
	}{
		{"Mailchimp's subscribed", "subscribed_email_audience_export_3f.csv", strings.Join([]string{
			`"Email Address","First Name","Last Name",State,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS`,
			`anna@example.org,Anna,Haddad,TX,4,"2024-01-01 09:00:00",192.0.2.1,"2024-01-01 09:05:00",192.0.2.1,,,1,0,Europe/Berlin,DE,BE,"2025-01-02 10:00:00",1,a1,,"""VIP"",""Sport"""`,
		}, "\n"), Mailchimp, []string{"anna@example.org|Anna Haddad||confirmed|2024-01-01T09:00:00Z|2024-01-01T09:05:00Z|"}, nil},

		{"Mailchimp's unsubscribed", "unsubscribed_email_audience_export_3f.csv", strings.Join([]string{
			`"Email Address",Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,CC,REGION,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER,LEID,EUID,NOTES,TAGS`,
			`anna@example.org,Anna,2,"2024-02-01 09:00:00",,"2024-02-01 09:05:00",,,,"2024-02-03 10:00:00",News,77,NORMAL,,2,a2,,`,
			`bob@example.org,Bob,2,"2024-02-01 09:00:00",,,,,,,,,,,3,a3,,`, // no time: the file's name says it
		}, "\n"), Mailchimp, []string{
			"anna@example.org|Anna||unsubscribed|2024-02-01T09:00:00Z|2024-02-01T09:05:00Z|2024-02-03T10:00:00Z",
			"bob@example.org|Bob||unsubscribed|2024-02-01T09:00:00Z||" + now}, nil},

		{"Mailchimp's cleaned, under another name", "list.csv", strings.Join([]string{
			`"Email Address",MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,LEID,EUID`,
			`anna@example.org,1,"2024-03-01 09:00:00","2024-03-01 09:05:00","2024-03-04 10:00:00",News,78,4,a4`,
		}, "\n"), Mailchimp, []string{"anna@example.org|||unsubscribed|2024-03-01T09:00:00Z|2024-03-01T09:05:00Z|2024-03-04T10:00:00Z|bounce 2024-03-04T10:00:00Z"}, nil},

		{"listmonk", "subscribers.csv", strings.Join([]string{
			`uuid,email,name,attributes,status,created_at,updated_at`,
			`0c1,anna@example.org,Anna,"{""lang"": ""ar"", ""topics"": [""sport"", ""Chess""], ""city"": {""a"": 1}}",enabled,2024-01-02 03:04:05.678901 +0000 UTC,2024-01-02 03:04:05 +0000 UTC`,
			`0c2,bob@example.org,Bob,{},blocklisted,2024-01-02 03:04:05 +0000 +0000,`,
			`0c3,carl@example.org,Carl,{},disabled,2024-01-02 03:04:05 +0000 UTC,`,
		}, "\n"), Listmonk, []string{
			"anna@example.org|Anna|ar|confirmed|2024-01-02T03:04:05Z|2024-01-02T03:04:05Z||[Sport] each",
			"bob@example.org|Bob||unsubscribed|2024-01-02T03:04:05Z||" + now + "|operator " + now,
			"carl@example.org|Carl||unsubscribed|2024-01-02T03:04:05Z||" + now}, nil},

		{"Ghost", "members.2026-01-01.csv", strings.Join([]string{
			`id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers`,
			`64a,anna@example.org,Anna,"likes =sums",true,false,,2024-03-01T09:30:00.000Z,,"vip",`,
			`64b,bob@example.org,Bob,,false,true,cus_1,2024-03-02T09:30:00.000Z,,,Gold`,
		}, "\n"), Ghost, []string{
			"anna@example.org|Anna||confirmed|2024-03-01T09:30:00Z|2024-03-01T09:30:00Z|",
			"bob@example.org|Bob||unsubscribed|2024-03-02T09:30:00Z||" + now}, nil},

		{"Substack's whole export", "email_list.paper.csv", strings.Join([]string{
			`email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at`,
			`anna@example.org,false,,other,false,2024-01-15T10:00:00.000Z,`,
			`bob@example.org,true,2026-12-01T00:00:00.000Z,monthly,true,2024-02-01T10:00:00.000Z,2024-02-01T10:00:00.000Z`,
		}, "\n"), Substack, []string{
			"anna@example.org|||confirmed|2024-01-15T10:00:00Z|2024-01-15T10:00:00Z|",
			"bob@example.org|||unsubscribed|2024-02-01T10:00:00Z||" + now}, nil},

		{"Substack's dashboard", "export.csv", strings.Join([]string{
			`Email,Name,Stripe plan,Cancel date,Start date,Paid upgrade date,Activity,Type`,
			`anna@example.org,Anna,Monthly,2025-05-05T00:00:00.000Z,2025-01-01T00:00:00.000Z,,4,Free`,
		}, "\n"), Substack, []string{"anna@example.org|Anna||confirmed|2025-01-01T00:00:00Z|2025-01-01T00:00:00Z|"}, nil},

		{"MailPoet", "MailPoet_export_1.csv", "\ufeff" + strings.Join([]string{
			`"Email","First name","Last name","Subscription IP","Subscription time","Confirmation time","Confirmation IP","List status","Global status","List"`,
			`"anna@example.org","Anna \"Z\"","Haddad","192.0.2.1","2024-01-02 03:04:05","2024-01-03 03:04:05","","subscribed","subscribed","Daily"`,
			`"bob@example.org","Bob","","","2024-01-02 03:04:05","","","subscribed","unconfirmed","Daily"`,
			`"carl@example.org","Carl","","","2024-01-02 03:04:05","2024-01-03 03:04:05","","unsubscribed","subscribed","Daily"`,
			`"dora@example.org","Dora","","","2024-01-02 03:04:05","2024-01-03 03:04:05","","subscribed","bounced","Daily"`,
			`"emil@example.org","Emil","","","2024-01-02 03:04:05","2024-01-03 03:04:05","","subscribed","inactive","Daily"`,
		}, "\n"), MailPoet, []string{
			`anna@example.org|Anna "Z" Haddad||confirmed|2024-01-02T03:04:05Z|2024-01-03T03:04:05Z|`,
			"carl@example.org|Carl||unsubscribed|2024-01-02T03:04:05Z|2024-01-03T03:04:05Z|" + now,
			"dora@example.org|Dora||unsubscribed|2024-01-02T03:04:05Z|2024-01-03T03:04:05Z|" + now + "|bounce " + now},
			map[Skip]int64{SkipUnconfirmed: 1, SkipInactive: 1}},

		{"own columns in English", "readers.csv", strings.Join([]string{
			`E-mail,Name,Topics,How often,Status,Signed up`,
			`anna@example.org,Anna,"politics, sport, Chess",Weekly,active,2024-01-02`,
			`bob@example.org,Bob,,,complained,2024-01-02`,
		}, "\n"), "", []string{
			"anna@example.org|Anna||confirmed|2024-01-02T00:00:00Z|2024-01-02T00:00:00Z||[Politics Sport] weekly",
			"bob@example.org|Bob||unsubscribed|2024-01-02T00:00:00Z||" + now + "|complaint " + now}, nil},

		{"own columns in Arabic", "قراء.csv", strings.Join([]string{
			`البريد الإلكتروني;الإسم;اللغة;المواضيع;الوتيرة;الحالة;تاريخ الاشتراك`,
			`anna@example.org;منى;العربية;sport؛ Politics;أسبوعيًا;مشتركة;2024-01-02`,
			`bob@example.org;بدر;العربية;;يومي;ألغى الاشتراك;2024-01-02`,
			`carl@example.org;كريم;;;;غير مؤكد;`,
		}, "\n"), "", []string{
			"anna@example.org|منى|ar|confirmed|2024-01-02T00:00:00Z|2024-01-02T00:00:00Z||[Politics Sport] weekly",
			"bob@example.org|بدر|ar|unsubscribed|2024-01-02T00:00:00Z||" + now + "|[] daily"}, map[Skip]int64{SkipUnconfirmed: 1}},

		{"a plain yes or no", "x.csv", "email,unsubscribed\nanna@example.org,no\nbob@example.org,yes\n", "", []string{
			"anna@example.org|||confirmed|" + now + "|" + now + "|",
			"bob@example.org|||unsubscribed|" + now + "||" + now}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openStore(t)
			report, err := s.Import(t.Context(), strings.NewReader(c.text), ImportOptions{
				Edition: "daily", Evidence: testEvidence, Now: testNow, File: c.file, Offer: []string{"Sport", "Politics"}})
			if err != nil {
				t.Fatal(err)
			}
			if report.Bad != 0 || report.System != c.system {
				t.Errorf("%+v", report)
			}
			if diff := cmp.Diff(c.want, described(t, s)); diff != "" {
				t.Error(diff)
			}
			if c.skip == nil {
				c.skip = map[Skip]int64{}
			}
			if diff := cmp.Diff(c.skip, report.SkippedBy); diff != "" {
				t.Error(diff)
			}
			checkConsistent(t, s)
			if _, err := s.Undo(t.Context(), report.ID, testNow, nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// Mailchimp's contacts who never agreed to anything come in a file like those who did.
func TestNonSubscribedContactsStayOut(t *testing.T) {
	s := openStore(t)
	_, err := s.Import(t.Context(), strings.NewReader("Email Address,MEMBER_RATING,OPTIN_TIME,LEID,EUID\nanna@example.org,2,,1,a\n"),
		ImportOptions{Edition: "daily", Evidence: testEvidence, Now: testNow, File: "nonsubscribed_email_audience_export_3f.csv"})
	if err == nil || !strings.Contains(err.Error(), "never agreed") || len(everything(t, s)) != 0 {
		t.Errorf("%v", err)
	}
}

func TestAllOfTheFileHaveLeft(t *testing.T) {
	s := openStore(t)
	add(t, s, "anna@example.org", "daily")
	report, err := s.Import(t.Context(), strings.NewReader("email,status\nanna@example.org,enabled\nbob@example.org,enabled\n"),
		ImportOptions{Edition: "daily", Evidence: testEvidence, Now: testNow, Left: true})
	if err != nil || report.Unsubscribed != 2 || len(recipients(t, s, "daily")) != 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

// A topic that nobody can choose here would keep all mail away.
func TestTopicsThatAreNotOfferedAreLeftOut(t *testing.T) {
	s := openStore(t)
	report, err := s.Import(t.Context(), strings.NewReader("email,topics\nanna@example.org,Chess|Go\nbob@example.org,chess|SPORT\n"),
		ImportOptions{Edition: "daily", Evidence: testEvidence, Now: testNow, Offer: []string{"Sport"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int64{"Chess": 1, "Go": 1, "chess": 1}, report.LostTopics); diff != "" {
		t.Error(diff)
	}
	r, err := s.Find(t.Context(), address(t, "bob@example.org"))
	if err != nil {
		t.Fatal(err)
	}
	changes, err := s.ChoiceChanges(t.Context(), r.ID)
	if err != nil || len(changes) != 1 || !cmp.Equal(changes[0].Choices.Topics, []string{"Sport"}) {
		t.Errorf("%+v, %v", changes, err)
	}
}

// Whoever comes from elsewhere is owed nothing that was published before.
func TestImportedReadersAreOwedNothingOld(t *testing.T) {
	s := openStore(t)
	importText(t, s, "email,confirmed\nanna@example.org,2020-01-02\n")
	r, err := s.Find(t.Context(), address(t, "anna@example.org"))
	if err != nil || !r.Subscriptions[0].Since.Equal(testNow) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestEveryRefusedLineIsTold(t *testing.T) {
	s := openStore(t)
	s.landing = 10
	var file strings.Builder
	file.WriteString("email,status\n")
	for i := range 2500 {
		fmt.Fprintf(&file, "reader%d@example.org,pending\nnobody,\nanna@example.org,\n", i)
	}
	var last, bad int64
	report, err := s.Import(t.Context(), strings.NewReader(file.String()), ImportOptions{Edition: "daily", Evidence: testEvidence, Now: testNow,
		Refused: func(l ImportLine) error {
			if l.Line <= last || l.Email == "" || l.Text == "" {
				t.Errorf("after line %d: %+v", last, l)
			}
			if last = l.Line; l.Bad {
				bad++
			}
			return nil
		}})
	if err != nil || bad != 2500 || report.Skipped != 4999 || last != 7501 {
		t.Errorf("%d bad, last %d, %+v, %v", bad, last, report.SkippedBy, err)
	}
}
