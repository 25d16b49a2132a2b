package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/pressrun/pressrun/cmd/pressrun/config"
	"github.com/pressrun/pressrun/templates"
	"github.com/spf13/cobra"
)

func templatesCommand(a *app) *cobra.Command {
	return commandGroup(&cobra.Command{
		Use: "templates", Short: "The themes of letters, and templates of your own",
		Long: `The themes of letters, and templates of your own.

A folder named by templates.dir in the settings stands over ours: a file in it takes
the place of the built-in one of the same name. email/ holds the parts of the theme
broadsheet, which others share; a folder in it, such as email/evening/, is a theme of
its own and needs only the parts in which it differs: theme.json (colours, pictures),
look.css (inlined), phone.css and dark.css (kept), masthead.html, lead.html, story.html,
footer.html, story.txt and the like.`,
		Example: `  pressrun templates list
  pressrun templates sheet themes.png
  pressrun templates check ./my-templates`,
	}, templatesListCommand(a), templatesCheckCommand(a), templatesSheetCommand(a))
}

// A themeView is a theme as a list shows it.
type themeView struct {
	Name  string `json:"name"`
	About string `json:"about"`
	Ours  bool   `json:"ours"`
}

func templatesListCommand(a *app) *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use: "list", Short: "List the themes",
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, _, err := a.themes("")
			if err != nil {
				return err
			}
			views := []themeView{}
			for _, t := range set.Themes() {
				views = append(views, themeView{Name: t.Name, About: t.About, Ours: t.Ours})
			}
			return l.print(cmd.OutOrStdout(), views, func(w io.Writer) {
				row(w, "THEME", "FROM", "WHAT IT IS LIKE")
				for _, v := range views {
					from := "your folder"
					if v.Ours {
						from = "pressrun"
					}
					row(w, v.Name, from, v.About)
				}
			})
		},
	}
	l.flag(cmd)
	return cmd
}

func templatesCheckCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "check [DIR]", Short: "Look for mistakes in templates of your own",
		Long: `Look for mistakes in templates of your own, in DIR or in templates.dir of the
settings: files that nothing reads or that cannot be parsed, rules that the inliner
would lose, and what mail programs or the law do not forgive, with file and line.`,
		Example: `  pressrun templates check
  pressrun templates check ./my-templates`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := a.templatesDir(args)
			if err != nil {
				return err
			}
			problems := templates.Check(os.DirFS(dir))
			for _, p := range problems {
				fmt.Fprintln(cmd.OutOrStdout(), p)
			}
			if len(problems) > 0 {
				return &silentError{errors.New("the templates have mistakes")}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: no mistakes found\n", dir)
			return nil
		},
	}
}

func templatesSheetCommand(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "sheet OUT.png", Short: "Show every theme in one picture",
		Long: `Show a sample letter in every theme, in English and Arabic, light and dark, on a
phone and on a desk, in one PNG. It is drawn by Chromium or Chrome, which must be
installed.`,
		Example: `  pressrun templates sheet themes.png
  pressrun templates sheet themes.png --dir ./my-templates`,
		Args: exactly("OUT.png"),
		RunE: func(cmd *cobra.Command, args []string) error {
			set, paper, err := a.themes(dir)
			if err != nil {
				return err
			}
			sheet, err := newContactSheet(set, paper)
			if err != nil {
				return err
			}
			if err := sheet.write(cmd.Context(), args[0]); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s shows %s.\n", args[0], plural(len(sheet.Rows), "theme", "themes"))
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "`FOLDER` of templates (default templates.dir of the settings)")
	return cmd
}

// themes parses the templates with those of a folder over them, "" for that of the
// settings, and says whose letters they are.
func (a *app) themes(dir string) (*templates.Set, templates.Paper, error) {
	cfg, err := a.settingsIfAny()
	if err != nil {
		return nil, templates.Paper{}, err
	}
	if dir == "" {
		dir = cfg.Templates.Dir
	}
	var override fs.FS
	if dir != "" {
		if err := isFolder(dir); err != nil {
			return nil, templates.Paper{}, err
		}
		override = os.DirFS(dir)
	}
	set, err := templates.Load(override)
	return set, paperOf(cfg), err
}

// templatesDir is the folder in the arguments, else that of the settings.
func (a *app) templatesDir(args []string) (string, error) {
	if len(args) > 0 {
		return args[0], isFolder(args[0])
	}
	cfg, err := a.settingsIfAny()
	if err != nil {
		return "", err
	}
	if cfg.Templates.Dir == "" {
		return "", usagef("there is no folder to check: name one, or set templates.dir in pressrun.toml")
	}
	return cfg.Templates.Dir, isFolder(cfg.Templates.Dir)
}

func isFolder(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("cannot open the folder of templates: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is no folder; templates are a folder with email/ and site/ in it", dir)
	}
	return nil
}

// settingsIfAny returns the settings, or the default ones where nothing has been set up
// yet: themes can be looked at before.
func (a *app) settingsIfAny() (*config.Config, error) {
	cfg, err := config.Load(a.configFile, nil)
	if err != nil {
		_, statErr := os.Stat("pressrun.toml")
		if _, wrong := errors.AsType[*config.Error](err); wrong || a.configFile != "" || !errors.Is(statErr, fs.ErrNotExist) {
			return nil, err
		}
		cfg = config.Default()
	}
	return cfg, nil
}
