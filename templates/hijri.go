package templates

import "time"

// The Umm al-Qura calendar, which Saudi Arabia dates by, is computed from the moon over
// Mecca and published years ahead; no plain rule gives its months, so they stand in a
// table. Religious days follow a sighting and may fall a day beside it: that is an
// editor's to say (Letter.HijriShift). The Hijri day begins at sunset; a newspaper's
// date holds from midnight to midnight, as here.

// hijriMonths holds, for each year from hijriFirst on, one bit a month, Muharram the
// highest of twelve: 1 for 30 days, 0 for 29.
var hijriMonths = [...]uint16{
	0x5d4, 0xada, 0x55a, 0xaab, 0x595, 0x749, 0x764, 0xbaa, 0x5b5, 0x2b6, // 1440
	0xa56, 0xe4d, 0xb25, 0xb52, 0xb6a, 0x5ad, 0x2ae, 0x92f, 0x497, 0x64b, // 1450
	0x6a5, 0x6ac, 0xad6, 0x55d, 0x49d, 0xa4d, 0xd16, 0xd95, 0x5aa, 0x5b5, // 1460
	0x2da, 0x95b, 0x4ad, 0x595, 0x6ca, 0x6e4, 0xaea, 0x4f5, 0x2b6, 0x956, // 1470
	0xaaa, 0xb54, 0xbd2, 0x5d9, 0x2ea, 0x96d, 0x4ad, 0xa95, 0xb4a, 0xba5, // 1480
	0x5b2, 0x9b5, 0x4d6, 0xa97, 0x547, 0x693, 0x749, 0xb55, 0x56a, 0xa6b, // 1490
	0x52b, // 1500
}

const (
	hijriFirst = 1440 // AH
	hijriLast  = hijriFirst + len(hijriMonths) - 1
)

// hijriEpoch is 1 Muharram 1440.
var hijriEpoch = time.Date(2018, time.September, 11, 0, 0, 0, 0, time.UTC)

// hijri returns the date of t's day, in t's zone, with months from 1. It knows the years
// 1440 to 1500, which is 11 September 2018 to 16 November 2077.
func hijri(t time.Time) (year, month, day int, ok bool) {
	y, m, d := t.Date()
	left := int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(hijriEpoch) / (24 * time.Hour))
	if left < 0 {
		return 0, 0, 0, false
	}
	for year := hijriFirst; year <= hijriLast; year++ {
		for month := 1; month <= 12; month++ {
			long := hijriDays(year, month)
			if left < long {
				return year, month, left + 1, true
			}
			left -= long
		}
	}
	return 0, 0, 0, false
}

// hijriDays is the length of a month of a known year.
func hijriDays(year, month int) int {
	return 29 + int(hijriMonths[year-hijriFirst]>>(12-month)&1)
}
