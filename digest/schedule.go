package digest

// A Schedule says when an edition goes out: a cron line in wall time of a zone.
type Schedule struct {
	Cron string // five fields, "" for an edition that is only sent by hand
	Zone string // IANA name: "Asia/Riyadh"
}
