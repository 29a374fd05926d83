package ir

import (
	"strconv"
	"strings"
)

// isWord reports whether s is a name that the text form writes without quotes: letters, digits, "_" and ".", the first
// no digit and no ".".
func isWord(s string) bool {
	for i := range len(s) {
		if !wordByte(s[i], i == 0) {
			return false
		}
	}
	return s != ""
}

// wordByte reports whether c may stand in a word, or at its start.
func wordByte(c byte, first bool) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
		return true
	case '0' <= c && c <= '9', c == '.':
		return !first
	}
	return false
}

// toWord returns s with every character that a word cannot hold replaced.
func toWord(s string) string {
	if s == "" || !wordByte(s[0], true) {
		s = "_" + s
	}
	return strings.Map(func(r rune) rune {
		if r < 0x80 && wordByte(byte(r), false) {
			return r
		}
		return '_'
	}, s)
}

// quoted returns s as the text form writes it: as it is when it is a word, otherwise in quotes.
func quoted(s string) string {
	if isWord(s) {
		return s
	}
	return strconv.Quote(s)
}
