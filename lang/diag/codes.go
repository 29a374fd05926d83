package diag

import (
	"fmt"
	"slices"
	"strings"
)

// Entry explains one code.
type Entry struct {
	Code    Code
	Meaning string // one line, lower case, no full stop
	Explain string // why it is an error and what to do, in full sentences
	Example string // a program that gives this code, and no other; "" where a page cannot show one
}

// Codes holds every code. The file of each group adds its own, in the order in which spec/errors.md shows them.
var Codes []Entry

// groups are the parts before the slash, in the order of spec/errors.md.
var groups = []struct{ name, title string }{
	{"syntax", "The text is not a program"},
	{"import", "Imports"},
	{"name", "Names"},
	{"call", "Calls"},
	{"type", "Types"},
	{"unit", "Units"},
	{"shape", "Shapes"},
	{"parameter", "Parameters and state"},
	{"limit", "Limits"},
	{"data", "Data"},
	{"train", "Training"},
	{"internal", "Faults of the compiler"},
}

// add puts the codes of a group into Codes.
func add(entries ...Entry) { Codes = append(Codes, entries...) }

// Group returns the part of a code before the slash.
func (c Code) Group() string {
	group, _, _ := strings.Cut(string(c), "/")
	return group
}

// Lookup returns what is known of a code.
func Lookup(code Code) (Entry, bool) {
	i := slices.IndexFunc(Codes, func(e Entry) bool { return e.Code == code })
	if i < 0 {
		return Entry{}, false
	}
	return Codes[i], true
}

// Markdown returns the index of all codes, which is the text of spec/errors.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString("# Errors\n\nEvery error has a code that never changes its meaning. This page is generated from the tables " +
		"in `lang/diag`;\na test runs every example.\n")
	for _, g := range groups {
		if !slices.ContainsFunc(Codes, func(e Entry) bool { return e.Code.Group() == g.name }) {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n", g.title)
		for _, e := range Codes {
			if e.Code.Group() == g.name {
				b.WriteString("\n" + e.Markdown())
			}
		}
	}
	return b.String()
}

// Markdown returns the entry as a section of spec/errors.md.
func (e Entry) Markdown() string {
	text := fmt.Sprintf("### %s\n\n%s.\n\n%s\n", e.Code, upper(e.Meaning), strings.TrimSpace(e.Explain))
	if e.Example != "" {
		text += "\n```\n" + strings.Trim(e.Example, "\n") + "\n```\n"
	}
	return text
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
