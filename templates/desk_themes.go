package templates

// A DeskThemes is the View of page "themes".
type DeskThemes struct {
	Themes []DeskThemeCard
	// How the samples are shown, and what can be chosen.
	Language, Look, Screen string
	Choices                []DeskThemeChoice
	// Problems of the operator's folder that are in no theme.
	Problems []string
}

// A DeskThemeChoice is a group of links that show the samples in another way.
type DeskThemeChoice struct {
	Name  string // language, look or screen
	Links []DeskThemeLink
}

// A DeskThemeLink is one of them.
type DeskThemeLink struct {
	Word    string // after the group's name and a dot
	Path    string
	Current bool
}

// A DeskThemeCard is a theme with a sample.
type DeskThemeCard struct {
	Name, About string
	Ours, Own   bool
	Sample      string // path of the letter alone
	Editions    []DeskThemed
	Others      []DeskThemed // that do not use it
	Problems    []string
}

// A DeskThemed is an edition to be set in a theme.
type DeskThemed struct {
	Slug, Name, Language string
	Next                 string // path of its next issue in the theme
}
