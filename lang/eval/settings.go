package eval

import (
	"fmt"
	"math"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/spell"
	"github.com/vnlang/vn/lang/syntax"
)

// settingsOf are the settings of a data or a train declaration by name.
type settingsOf struct {
	e      *elaborator
	group  string // "data" or "train"
	what   string // as messages call the declaration
	at     source.Span
	byName map[string]*syntax.Setting
	meant  map[string]bool // what a name that is not known is near to
}

// readSettings enters settings by name. It reports names that are not known and names that come twice.
func (e *elaborator) readSettings(group, what string, at source.Span, settings []*syntax.Setting, known []string) *settingsOf {
	out := &settingsOf{e, group, what, at, map[string]*syntax.Setting{}, map[string]bool{}}
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
			near, _ := spell.Nearest(name, known)
			out.meant[near] = true
			e.fail(diag.Code(group+"/setting"), s.Name, "%s has no setting `%s`", what, name).Help =
				orElse(habits[group+" "+name], orElse(suggest(name, known), "its settings are "+enumerate(known)))
		}
	}
	return out
}

// habits are settings that other programs have, and what to write here.
var habits = map[string]string{
	"train epochs":        epochs,
	"train epoch":         epochs,
	"train steps":         "training is counted in steps: write iterations = ...",
	"train batch_size":    "write batch = ...",
	"train rate":          rate,
	"train lr":            rate,
	"train learning_rate": rate,
}

const (
	epochs = "training is counted in steps: write iterations = ...; an epoch is as many steps as cases / batch"
	rate   = "the rate belongs to the optimizer: optimizer = sgd(rate: ...)"
)

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
	v, ok := s.e.accept(s.what, parameter{name: name, kind: kind}, arg)
	return v, set, ok && !isUnknown(v)
}

// missing reports a setting that must be there, unless it may be there under a misspelt name.
func (s *settingsOf) missing(name, example string, why ...diag.Note) {
	if s.meant[name] {
		return
	}
	s.e.report(&diag.Diagnostic{Code: diag.Code(s.group + "/missing"), At: s.at, Summary: fmt.Sprintf("%s does not say its `%s`", s.what, name),
		Notes: why, Help: "write " + example})
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
