// Package spec describes the language. It has no code of its own: the pages are prose with examples, testdata is the
// conformance suite, and the tests run both.
//
// An example or a test is a chunk: a program, or a script of the interactive session. It says in comments what must
// come of it, and everything else that is reported is a fault:
//
//	//! code "part of the message"    an error on this line
//	//? code "part of the message"    a warning on this line
//	// -> value                       the value of this line's constant or expression, or what the model returns
//	// parameters: a, b               what the model has; also stages, states, outputs and accepts
//
// In the files of testdata the text that a message points at stands between « and », which are taken out before the
// chunk is run. A file has several chunks: a line of --- begins a program, --- session a script, and --- file NAME a
// file that the other chunks may import. On the pages the same words stand behind the name of the language, vn.
package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/vnlang/vn/lang/diag"
)

// chunk is a program or a script with what it expects.
type chunk struct {
	name  string // where it stands: "values/number.vn:12"
	mode  string // "" for a program, "session", or "file NAME"
	text  string // without the marks
	wants []want
}

// want is a diagnostic that a chunk expects.
type want struct {
	line       int // from 1
	start, end int // bytes of the text; -1 where nothing is marked
	warning    bool
	code       diag.Code
	message    string // part of it
}

// separator begins a chunk of a file.
var separator = regexp.MustCompile(`(?m)^---[ \t]*(.*)\n`)

// chunks parts a file of testdata.
func chunks(name, text string) []chunk {
	var out []chunk
	mode, begin := "", 0
	add := func(end int) {
		if body := text[begin:end]; strings.TrimSpace(body) != "" {
			line := strings.Count(text[:begin], "\n") + 1
			out = append(out, newChunk(fmt.Sprintf("%s:%d", name, line), mode, body))
		}
	}
	for _, m := range separator.FindAllStringSubmatchIndex(text, -1) {
		add(m[0])
		mode, begin = strings.TrimSpace(text[m[2]:m[3]]), m[1]
	}
	add(len(text))
	return out
}

// expectation is a comment that expects a diagnostic.
var expectation = regexp.MustCompile(`//([!?]) ([a-z]+/[a-z-]+) "((?:[^"\\]|\\.)*)"`)

// newChunk takes the marks out of a text and reads what it expects. The first expectation of a line is about the first
// mark that begins on it, the second about the second; those that are left over are about the last.
func newChunk(name, mode, marked string) chunk {
	text, marks := unmark(marked)
	c := chunk{name: name, mode: mode, text: text}
	for i, line := range strings.Split(text, "\n") {
		var here [][2]int
		for _, m := range marks {
			if strings.Count(text[:m[0]], "\n") == i {
				here = append(here, m)
			}
		}
		for k, m := range expectation.FindAllStringSubmatch(line, -1) {
			w := want{line: i + 1, start: -1, end: -1, warning: m[1] == "?", code: diag.Code(m[2]), message: unescape(m[3])}
			if len(here) > 0 {
				at := here[min(k, len(here)-1)]
				w.start, w.end = at[0], at[1]
			}
			c.wants = append(c.wants, w)
		}
	}
	return c
}

// unescape reads \" and \\ in the text of an expectation.
func unescape(s string) string { return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s) }

// unmark takes « and » out of a text and returns what stood between them, in the order in which it begins.
func unmark(marked string) (text string, marks [][2]int) {
	var b strings.Builder
	var open []int
	for _, r := range marked {
		switch r {
		case '«':
			open = append(open, len(marks))
			marks = append(marks, [2]int{b.Len(), b.Len()})
		case '»':
			if n := len(open); n > 0 {
				marks[open[n-1]][1] = b.Len()
				open = open[:n-1]
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), marks
}

// files returns the texts of the chunks that others may import, by name.
func files(all []chunk) map[string]string {
	out := map[string]string{}
	for _, c := range all {
		if name, ok := strings.CutPrefix(c.mode, "file "); ok {
			out[name] = c.text
		}
	}
	return out
}

// compare returns what is wrong with the diagnostics of a chunk: those that are not expected, those that are expected
// and missing, and those with another message or at another place than expected.
func (c chunk) compare(found diag.List) []string {
	var problems []string
	left := slices.Clone(c.wants)
	for _, d := range found {
		i, fault := c.match(d, left)
		if fault != "" {
			problems = append(problems, fault)
		}
		if i >= 0 {
			left = slices.Delete(left, i, i+1)
		}
	}
	for _, w := range left {
		problems = append(problems, fmt.Sprintf("line %d: expected, but not reported: %s %q", w.line, w.code, w.message))
	}
	return problems
}

// match finds the expectation that is about a diagnostic, -1 where there is none, and says how the two differ.
func (c chunk) match(d *diag.Diagnostic, left []want) (int, string) {
	all, said := rendered(diag.List{d}), message(d)
	nearest := -1
	for i, w := range left {
		if w.code != d.Code || w.warning != d.Warning || !d.At.Known() || w.line != d.At.Position().Line {
			continue
		}
		placed := w.start < 0 || w.start == d.At.Start && w.end == d.At.End
		if placed && strings.Contains(said, w.message) {
			return i, ""
		}
		if nearest < 0 || placed {
			nearest = i
		}
	}
	if nearest < 0 {
		return -1, "not expected:\n" + all
	}
	w := left[nearest]
	if w.start >= 0 && (w.start != d.At.Start || w.end != d.At.End) {
		return nearest, fmt.Sprintf("line %d: %s is expected at `%s`, but reported at `%s`", w.line, w.code, c.text[w.start:w.end], d.At.Text())
	}
	return nearest, fmt.Sprintf("line %d: %s has another message than expected, with %q:\n%s", w.line, w.code, w.message, all)
}

// message returns all that a diagnostic says, without the line of the program.
func message(d *diag.Diagnostic) string {
	parts := []string{d.Summary, d.Label, d.Help}
	for _, n := range d.Notes {
		parts = append(parts, n.Text)
	}
	return strings.Join(parts, "\n")
}

// rendered returns diagnostics as a user sees them.
func rendered(l diag.List) string {
	var b strings.Builder
	if err := diag.Render(&b, l, diag.Options{}); err != nil {
		return err.Error()
	}
	return b.String()
}
