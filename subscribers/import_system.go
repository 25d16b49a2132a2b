package subscribers

import (
	"errors"
	"path"
	"slices"
	"strings"
)

// A System is the newsletter program whose export a file is, "" for a file of the
// operator's own.
type System string

const (
	Mailchimp System = "Mailchimp"
	Listmonk  System = "listmonk"
	Ghost     System = "Ghost"
	Substack  System = "Substack"
	MailPoet  System = "MailPoet"
	Pressrun  System = "Pressrun"
)

// signs are the columns that, folded, together give each system's exports away: what its
// programs write into the first line (and nobody writes by hand).
func signs() map[System][][]string {
	return map[System][][]string{
		// subscribed_…, unsubscribed_… and cleaned_email_audience_export_….csv
		Mailchimp: {{"memberrating", "optintime"}, {"memberrating", "leid"}, {"leid", "euid"}},
		Listmonk:  {{"uuid", "email", "attributes", "status"}},
		Ghost:     {{"subscribedtoemails", "complimentaryplan"}},
		// email_list.….csv of a whole export, and the table of the dashboard
		Substack: {{"activesubscription", "expiry"}, {"email", "stripeplan", "startdate"}},
		MailPoet: {{"email", "liststatus"}, {"email", "globalstatus"}, {"subscriptiontime", "confirmationtime"}},
		Pressrun: {{"email", "edition", "state", "created", "confirmed", "left"}},
	}
}

// systemOf recognises a file by its header.
func systemOf(words []string) System {
	for system, all := range signs() {
		for _, sign := range all {
			if !slices.ContainsFunc(sign, func(w string) bool { return !slices.Contains(words, w) }) {
				return system
			}
		}
	}
	return ""
}

// meant are the only headings that a system has for some columns, where the usual ones
// would mislead; none says that it has no such column.
func (s System) meant() map[column][]string {
	switch s {
	case Substack: // "Cancel date", "Type" and "active_subscription" are about payment
		return map[column][]string{columnCreated: {"createdat", "startdate"}, columnConfirmed: nil, columnLeft: nil, columnStatus: nil, columnFormat: nil}
	case Ghost:
		return map[column][]string{columnStatus: {"subscribedtoemails"}}
	case Mailchimp: // "State" and "Date" are questions of the paper's own
		return map[column][]string{columnStatus: {"status"}, columnCreated: {"optintime"}, columnConfirmed: {"confirmtime"}, columnLeft: {"unsubtime"}}
	}
	return nil
}

// readers says what all readers of a file are whose name says it, as Mailchimp's do.
func (s System) readers(file string) (left bool, bounced bool, err error) {
	if s != Mailchimp {
		return false, false, nil
	}
	file = strings.ToLower(path.Base(strings.ReplaceAll(file, `\`, "/")))
	switch {
	case strings.HasPrefix(file, "nonsubscribed"), strings.HasPrefix(file, "non-subscribed"):
		return false, false, errors.New("these are the contacts whom Mailchimp calls non-subscribed: they never agreed to get anything; import the file whose name begins with subscribed")
	case strings.HasPrefix(file, "unsubscribed"):
		return true, false, nil
	case strings.HasPrefix(file, "cleaned"):
		return true, true, nil
	}
	return false, false, nil
}

// Caution is what an operator should know of a system's exports, "" for most.
func (s System) Caution() string {
	switch s {
	case Listmonk:
		return "listmonk's file does not tell who unsubscribed from a list, only who is blocked. Export its unsubscribed readers too, and import that file with --left."
	case Substack:
		return "Substack's file has only those who are on the list. If you have a list of those who left, import it with --left."
	case MailPoet:
		return "MailPoet has a line for each list a reader is on; who left any of those in this file is unsubscribed. Export one list at a time if that is not what you mean."
	}
	return ""
}
