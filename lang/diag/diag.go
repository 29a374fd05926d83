// Package diag holds what the compiler has to say about a program: one type for every error and warning, in every
// part of the compiler.
//
// A Diagnostic says what is wrong in one line, where, why, and what to do about it. Parts of the compiler return
// lists of them, all the problems and not only the first; a value that could not be computed becomes an unknown value
// that silences what follows from it, so that one mistake is reported once.
package diag

import (
	"slices"
	"strings"

	"github.com/vnlang/vn/lang/source"
)

// Diagnostic is one problem of a program.
type Diagnostic struct {
	Code    Code        // stable; spec/errors.md explains each
	Warning bool        // a warning does not stop a compilation
	Summary string      // what is wrong: one line, lower case, no full stop
	At      source.Span // the text to blame
	Label   string      // what stands under the carets, such as "z = 25"; may be empty
	Notes   []Note      // why: facts, sizes and where they come from, the calls on the way, innermost first
	Help    string      // what to do; may be empty
}

// Note is a reason given with a Diagnostic.
type Note struct {
	Text string
	At   source.Span // where the fact comes from; the zero Span where it has no place
}

// Error returns "file:line:column: error[code]: summary".
func (d *Diagnostic) Error() string {
	return d.At.String() + ": " + d.severity() + "[" + string(d.Code) + "]: " + d.Summary
}

func (d *Diagnostic) severity() string {
	if d.Warning {
		return "warning"
	}
	return "error"
}

// List is what was found in a program. As an error it is the text of all its entries.
type List []*Diagnostic

// Error returns one line for each entry.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, d := range l {
		lines[i] = d.Error()
	}
	return strings.Join(lines, "\n")
}

// HasErrors reports whether any entry is more than a warning.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d *Diagnostic) bool { return !d.Warning })
}

// Err returns the list as an error, or nil when it holds no errors.
func (l List) Err() error {
	if !l.HasErrors() {
		return nil
	}
	return l
}

// Code names a kind of problem, such as "shape/concat". A code never changes its meaning.
type Code string
