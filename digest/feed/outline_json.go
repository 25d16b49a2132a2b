package feed

import (
	"bytes"
	"fmt"
)

// outlineJSON bounds the depth of a JSON document and the number of its items (W14),
// and closes one that was cut after its last complete item.
func outlineJSON(doc []byte, url string) (body []byte, cut bool, err error) {
	var open []byte // the closing brackets still to come
	items, lastEnd := 0, 0
	inString := false
	for i := 0; i < len(doc); i++ {
		c := doc[i]
		switch {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{':
			open = append(open, '}')
		case c == '[':
			open = append(open, ']')
		case c == '}' || c == ']':
			if len(open) == 0 || open[len(open)-1] != c {
				return nil, false, notFeedError(url)
			}
			open = open[:len(open)-1]
			if len(open) == 0 {
				return doc[:i+1], false, nil
			}
			if c == '}' && string(open) == "}]" {
				items, lastEnd = items+1, i+1
			}
		}
		if len(open) > maxDepth {
			return nil, false, hostileError(url)
		}
		if items >= maxItems {
			return closeJSON(doc[:lastEnd]), false, nil
		}
	}
	if items == 0 {
		return nil, false, fmt.Errorf("the feed %s is cut off before the end of its first article; "+
			"nothing could be saved, it will be read again", url)
	}
	return closeJSON(doc[:lastEnd]), true, nil
}

func closeJSON(doc []byte) []byte { return append(bytes.Clone(doc), "]}"...) }
