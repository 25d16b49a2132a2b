package templates

import "fmt"

func sampleLinks() Links {
	return Links{
		Web:         "https://courier.example/issues/128",
		Archive:     "https://courier.example/issues",
		Preferences: "__PREFERENCES__",
		Unsubscribe: "__UNSUBSCRIBE__",
		Help:        "https://courier.example/help",
	}
}

func englishLetter() Letter {
	l := Sample("en")
	l.Links = sampleLinks()
	return l
}

func arabicLetter() Letter {
	l := Sample("ar")
	l.Links = sampleLinks()
	return l
}

// mixedLetter is an English letter with Arabic stories, one of them with a picture,
// and a test.
func mixedLetter() Letter {
	l, a := englishLetter(), arabicLetter()
	l.Test = true
	l.Paper.LogoURL = SamplePictures + "logo.png"
	l.Paper.Accent = "#ffcc00"
	code := a.Sections[1].Stories[0]
	byline := l.Sections[0].Stories[0]
	byline.Author = "فهد الحربي"
	l.Sections = []Section{
		{Name: "Region", Stories: []Story{byline, a.Sections[0].Stories[1], l.Sections[0].Stories[1]}},
		{Name: "", Stories: []Story{code}},
	}
	return l
}

// longLetter has as many stories as asked for, each with a picture and a full summary.
func longLetter(l Letter, stories int) Letter {
	all := []Story{}
	pattern := *l.Lead
	for n := range stories {
		s := pattern
		s.URL = fmt.Sprintf("https://courier.example/2026/11/23/a-headline-spelled-out-in-the-address-%d", n)
		s.Image.URL = fmt.Sprintf(SamplePictures+"2026/11/picture-%d.jpg", n)
		all = append(all, s)
	}
	l.Lead = &all[0]
	l.Sections = []Section{{Name: "A", Stories: all[1 : stories/2]}, {Name: "B", Stories: all[stories/2:]}}
	return l
}
