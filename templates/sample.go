package templates

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// SamplePictures is the folder of the pictures in Sample. They are not there.
const SamplePictures = "https://pictures.courier.example/"

// Sample returns a letter of a paper that does not exist, with everything that a theme
// must set: to check themes by, and to show them. It speaks Arabic where language does,
// and else English with the letter's own words in language.
func Sample(language string) Letter {
	links := Links{
		Web:         "https://courier.example/issues/128",
		Archive:     "https://courier.example/issues",
		Preferences: "https://courier.example/preferences",
		Unsubscribe: "https://courier.example/unsubscribe",
		Help:        "https://courier.example/help",
	}
	l := englishSample(links)
	if sameLanguage(language, "ar") {
		l = arabicSample(links)
	}
	l.Language = language
	return l
}

func englishSample(links Links) Letter {
	lead := englishStory(1, "After nine years of quarrels, the river towns agree on one flood wall",
		"Seven councils signed in the small hours. The wall will run for 41 kilometres, leave the water meadows open, and cost less than the flood of 2017 did. <em>“Nobody got what they wanted,”</em> said the mayor of Ferrytown, “which is how I know that it is fair.”")
	lead.Section, lead.Minutes = "Region", 6
	lead.Image = Image{URL: SamplePictures + "river.jpg", Alt: "The river at dawn, seen from the old bridge", Width: 1200, Height: 640}
	story := englishStory
	bakery := story(4, "The bakery that opens at three in the morning", "Night nurses, bus drivers and a poet share the counter on Mill Street. The owner has not raised the price of a roll since spring.")
	bakery.Image = Image{URL: SamplePictures + "bakery.jpg", Alt: "A tray of rolls", Width: 800, Height: 600}
	night := story(5, "Night trains return to the coast", "From May, two sleepers a night leave platform nine. Berths go on sale on Monday at noon; the dining car stays a rumour.")
	night.Image = Image{URL: SamplePictures + "train.jpg", Alt: "", Width: 900, Height: 900}
	short := story(6, "Chess club seeks a second board", "")
	short.Author, short.Minutes = "", 0
	short.Updated = true
	well := story(2, "Council buys back the last private well in Upper Ford", "The price is kept quiet until January, but the minutes of three meetings allow a good guess: about what a bus costs.")
	well.Also = []Link{{Title: "Who owned the water, 1911 to today", URL: "https://courier.example/2026/11/22/wells"}}
	return Letter{
		Paper: Paper{
			Name: "The Riverbank Courier", Motto: "News from both sides of the water, since 1911", URL: "https://courier.example/",
			Accent: "#9b1c1f", Address: "The Riverbank Courier\n14 Ferry Lane, Ferrytown FT2 8QP", Email: "desk@courier.example",
		},
		Edition: "The Morning Letter", Number: 128, Date: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC), Language: "en",
		Subject: "After nine years of quarrels, one flood wall", Preheader: "Seven councils signed in the small hours. Also: night trains return to the coast.",
		Lead: &lead,
		Sections: []Section{
			{Name: "Region", Stories: []Story{
				well,
				bakery,
			}},
			{Name: "Travel & Transport", Stories: []Story{night, story(7, "Why the number 12 bus has been late for exactly four minutes since 1998", "An old timetable, a moved bus stop and a kind driver. A small investigation.")}},
			{Name: "Notices", Stories: []Story{short}},
		},
		More: 7, Links: links,
	}
}

func englishStory(n int, title, summary string) Story {
	return Story{
		Title: title, URL: fmt.Sprintf("https://courier.example/2026/11/23/story-%d?from=letter&n=%d", n, n),
		Summary: template.HTML(summary), Text: plainWords(summary), Author: "Ada Fenwick", Language: "en", Minutes: 3,
	}
}

func arabicSample(links Links) Letter {
	lead := arabicStory(1, "الرياض تستضيف قمة المدن الذكية بمشاركة 40 دولة",
		"يناقش المشاركون على مدى ثلاثة أيام مستقبل النقل العام وإدارة المياه، وتعرض شركة OpenAI نموذجًا جديدًا للترجمة الفورية. ويقول المنظمون إن القمة هي الأكبر منذ انطلاقها.")
	lead.Section, lead.Minutes, lead.Author = "محليات", 5, "فهد الحربي"
	lead.Image = Image{URL: SamplePictures + "river.jpg", Alt: "مدخل قاعة المؤتمرات", Width: 1200, Height: 640}
	story := arabicStory
	dates := story(3, "موسم التمور في القصيم يسجل أعلى إنتاج منذ عشر سنوات", "تجاوزت المبيعات في الأسبوع الأول توقعات المزارعين، مع إقبال كبير من دول الخليج.")
	dates.Image = Image{URL: SamplePictures + "bakery.jpg", Alt: "تمور في سوق بريدة", Width: 800, Height: 600}
	code := story(4, "مبرمجة سعودية تفوز بجائزة عالمية في لغة C++", "فازت نورة العتيبي بالمركز الأول في مسابقة Code Jam التي أقيمت في لندن.")
	code.Minutes, code.Author = 11, "Jane Doe"
	one := story(5, "افتتاح مكتبة الحي بعد تجديدها", "")
	one.Minutes = 1
	return Letter{
		Paper: Paper{
			Name: "صحيفة الضفة", Motto: "أخبار الناس كل صباح", URL: "https://courier.example/ar",
			Accent: "#0b6b50", Address: "صحيفة الضفة\n14 طريق الملك فهد، الرياض 12211", Email: "desk@courier.example",
		},
		Edition: "رسالة الصباح", Number: 128, Date: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC), Language: "ar",
		Subject: "الرياض تستضيف قمة المدن الذكية", Preheader: "يناقش المشاركون على مدى ثلاثة أيام مستقبل النقل العام وإدارة المياه.",
		Lead: &lead,
		Sections: []Section{
			{Name: "محليات", Stories: []Story{story(2, "أمانة الرياض تزرع مليون شجرة قبل نهاية العام", "يشمل المشروع خمسين حيًا وثلاثة متنزهات كبرى، وتُروى الأشجار بمياه معالجة."), dates}},
			{Name: "تقنية", Stories: []Story{code}},
			{Name: "ثقافة", Stories: []Story{one}},
		},
		More: 3, Links: links,
	}
}

func arabicStory(n int, title, summary string) Story {
	return Story{
		Title: title, URL: fmt.Sprintf("https://courier.example/ar/2026/11/23/%d", n),
		Summary: template.HTML(summary), Text: plainWords(summary), Author: "سارة القحطاني", Language: "ar-SA", Minutes: 2,
	}
}

// plainWords is the text of sanitised HTML.
func plainWords(fragment string) string {
	var out strings.Builder
	z := html.NewTokenizer(strings.NewReader(fragment))
	for z.Next() != html.ErrorToken {
		if t := z.Token(); t.Type == html.TextToken {
			out.WriteString(t.Data)
		}
	}
	return out.String()
}
