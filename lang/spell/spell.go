// Package spell finds the name that was meant by one that is not known.
//
// The distance of two names is Damerau and Levenshtein's: how many letters have to be put in, taken out, exchanged, or
// swapped with their neighbour, to get from one to the other (F. Damerau, "A technique for computer detection and
// correction of spelling errors", CACM 7(3), 1964; the form in which no letter is edited twice). Upper and lower case
// are the same, and _ does not count, so that ReLU is near to relu and leakyrelu to leaky_relu.
package spell

import (
	"strings"
)

// longest is the length of a name beyond which nothing is near to it.
const longest = 64

// Nearest returns the candidate that is nearest to a name, the first of several that are equally near. It reports
// false where none is near: a third of the letters may be wrong, and one letter of a name of two or more.
func Nearest(name string, candidates []string) (string, bool) {
	from := fold(name)
	if len(from) == 0 || len(from) > longest {
		return "", false
	}
	best, least := "", max(len(from)/3, min(1, len(from)-1))+1
	for _, c := range candidates {
		to := fold(c)
		if c == name || len(to) == 0 || len(to) > longest {
			continue
		}
		if d := distance(from, to); d < least {
			best, least = c, d
		}
	}
	return best, best != ""
}

// fold takes out of a name what does not count.
func fold(name string) []rune {
	return []rune(strings.ReplaceAll(strings.ToLower(name), "_", ""))
}

// distance counts the edits from a to b, row by row over the prefixes of a.
func distance(a, b []rune) int {
	var above []int // the row before the last
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(last[j]+change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], above[j-1]+1)
			}
		}
		above, last = last, row
	}
	return last[len(b)]
}
