package subscribers

import (
	"embed"
	"io/fs"

	"github.com/pressrun/pressrun/subscribers/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema returns the tables this package owns, and the views recipient and addressee that others read.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder's name is a constant
	}
	return db.Schema{Name: "subscribers", Files: files}
}
