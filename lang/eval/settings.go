package eval

import (
	"fmt"
	"math"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// settingsOf are the settings of a data or a train declaration by name.
type settingsOf struct {
	e      *elaborator
	group  string // "data" or "train"
	what   string // as messages call the declaration
	at     source.Span
	byName map[string]*syntax.Setting
}

// readSettings enters settings by name. It reports names that are not known and names that come twice.
func (e *elaborator) readSettings(group, what string, at source.Span, settings []*syntax.Setting, known []string) *settingsOf {
	out := &settingsOf{e, group, what, at, map[string]*syntax.Setting{}}
	for _, s := range settings {
		name := s.Name.Text
		if first := out.byName[name]; first != nil {
			e.report(duplicate(s.Name, first.Name.Span()))
			continue
		}
		out.byName[name] = s
		found := false
		for _, k := range known {
			found = found || k == name
		}
		if !found {
			e.fail(diag.Code(group+"/setting"), s.Name, "%s has no setting `%s`", what, name).Help =
				orElse(suggest(name, known), "its settings are "+enumerate(known))
		}
	}
	return out
}

// value computes a setting as a type of the language; ok is false where it is absent or wrong.
func (s *settingsOf) value(name, kind string) (Value, *syntax.Setting, bool) {
	set := s.byName[name]
	if set == nil {
		return nil, nil, false
	}
	arg := &argument{text: set.Value, at: set.Value, value: s.e.eval(set.Value)}
	if !s.e.something(arg.value, set.Value) {
		return nil, set, false
	}
	v, ok := s.e.accept(s.what, parameter{name, kind, nil}, arg)
	return v, set, ok && !isUnknown(v)
}

// missing reports a setting that must be there.
func (s *settingsOf) missing(name, example string) {
	s.e.report(&diag.Diagnostic{Code: diag.Code(s.group + "/missing"), At: s.at, Summary: fmt.Sprintf("%s does not say its `%s`", s.what, name),
		Help: "write " + example})
}

// text reads a string.
func (s *settingsOf) text(name, fallback string) string {
	if v, _, ok := s.value(name, "string"); ok {
		return v.(String).Value
	}
	return fallback
}

// int reads an int that is at least `least`.
func (s *settingsOf) int(name string, least, fallback int64) int {
	v, set, ok := s.value(name, "int")
	if !ok {
		return int(fallback)
	}
	n := v.(Int).Value
	if n < least || n > math.MaxInt32 {
		s.e.fail(diag.Code(s.group+"/value"), set.Value, "`%s` must be from %d to %d, but this is %d", name, least, math.MaxInt32, n)
		return int(fallback)
	}
	return int(n)
}

// fraction reads a number from 0 up to, not including, 1.
func (s *settingsOf) fraction(name string, fallback float64) float64 {
	v, set, ok := s.value(name, "float")
	if !ok {
		return fallback
	}
	f := v.(Float).Value
	if f < 0 || f >= 1 {
		s.e.fail(diag.Code(s.group+"/value"), set.Value, "`%s` is a part of the cases: from 0 up to 1, but this is %s", name, formatNumber(f)).Help =
			"write 0.2 for a fifth of them"
		return fallback
	}
	return f
}
