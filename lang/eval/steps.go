package eval

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// StepKind is a step of data preparation or augmentation that a data declaration may name. The caller says which there
// are: the language knows none.
type StepKind struct {
	Name   string
	Doc    string
	For    string // "prepare" or "augment"
	Params []StepParam
}

// StepParam is a setting of a step.
type StepParam struct {
	Name    string
	Type    string // "int", "float", "bool", "string" or "list", as in the language; "voxels" and "mm" take a quantity too
	Default any    // int, float64, bool, string, []string or []float64; nil where it must be given
}

// DataStep is a step as a data declaration gives it, every setting checked and filled in.
type DataStep struct {
	Name     string
	Settings map[string]any // int, float64, bool, string, []string or []float64
	At       source.Span
}

// stepKind is a step kind as a value that can be called.
type stepKind struct {
	StepKind
	wanted string // prepare or augment: where it is called
}

// String prints the name.
func (s *stepKind) String() string { return s.Name }

// Kind names the type for messages.
func (*stepKind) Kind() string { return "a step of data preparation" }

// stepValue is a step with its settings.
type stepValue struct{ DataStep }

// String prints the name.
func (s *stepValue) String() string { return s.Name + "()" }

// Kind names the type for messages.
func (*stepValue) Kind() string { return "a step of data preparation" }

// callStep gives a step its settings.
func (e *elaborator) callStep(x *syntax.Call, k *stepKind, args []*argument) Value {
	step := &stepValue{DataStep{Name: k.Name, Settings: map[string]any{}, At: callSpan(x)}}
	ok := true
	for i, a := range args {
		p := k.param(a, i)
		if p == nil {
			e.noSuchSetting(k, a)
			ok = false
			continue
		}
		if _, given := step.Settings[p.Name]; given {
			e.fail("call/duplicate", a.at, "`%s` of `%s` is given twice", p.Name, k.Name).Help = leaveOut
			ok = false
			continue
		}
		v, good := e.stepSetting(k, p, a)
		step.Settings[p.Name] = v
		ok = ok && good
	}
	for _, p := range k.Params {
		if _, given := step.Settings[p.Name]; given {
			continue
		}
		if p.Default == nil {
			e.fail("call/missing", x, "`%s` also needs `%s`", k.Name, p.Name).Help = "add it: " + completed(x, []string{p.Name})
			ok = false
		}
		step.Settings[p.Name] = p.Default
	}
	if !ok {
		return Unknown{}
	}
	return step
}

// param returns the setting that an argument is for.
func (k *stepKind) param(a *argument, i int) *StepParam {
	for j := range k.Params {
		if a.name == nil && j == i || a.name != nil && k.Params[j].Name == a.name.Text {
			return &k.Params[j]
		}
	}
	return nil
}

// noSuchSetting reports an argument that a step does not take.
func (e *elaborator) noSuchSetting(k *stepKind, a *argument) {
	var names []string
	for _, p := range k.Params {
		names = append(names, p.Name)
	}
	if a.name == nil {
		e.fail("call/unexpected", a.at, "`%s` takes %s, and this is one more", k.Name, plural(len(names), "setting"))
		return
	}
	d := e.fail("call/unexpected", a.name, "`%s` has no setting `%s`", k.Name, a.name.Text)
	d.Help = suggest(a.name.Text, names)
	if d.Help == "" && len(names) > 0 {
		d.Help = "its settings are " + enumerate(names)
	}
}

// stepSetting checks a setting of a step and returns it as a value of Go.
func (e *elaborator) stepSetting(k *stepKind, p *StepParam, a *argument) (any, bool) {
	kind := p.Type
	if unit := map[string]string{"voxels": "voxel", "mm": "mm"}[p.Type]; unit != "" {
		kind = "float"
		if q, ok := a.value.(Quantity); ok {
			if q.Unit != unit {
				e.fail("unit/mix", a.at, "`%s` of `%s` is in %s, but this is %s", p.Name, k.Name, unit, q)
				return nil, false
			}
			return q.Value, true
		}
	}
	v, ok := e.accept(k.Name, parameter{name: p.Name, kind: kind}, a)
	if !ok || isUnknown(v) {
		return nil, false
	}
	switch v := v.(type) {
	case Int:
		return int(v.Value), true
	case Float:
		return v.Value, true
	case Bool:
		return v.Value, true
	case String:
		return v.Value, true
	case *List:
		return e.plainList(k, p, a, v)
	}
	return nil, false
}

// plainList returns a list of strings or of numbers as a value of Go.
func (e *elaborator) plainList(k *stepKind, p *StepParam, a *argument, l *List) (any, bool) {
	var texts []string
	var numbers []float64
	for _, v := range l.values() {
		if s, ok := v.(String); ok {
			texts = append(texts, s.Value)
		} else if f, ok := number(v); ok {
			numbers = append(numbers, f)
		} else if q, ok := v.(Quantity); ok {
			numbers = append(numbers, q.Value)
		}
	}
	_, wantTexts := p.Default.([]string)
	switch {
	case len(texts) == len(l.Items) && (wantTexts || p.Default == nil):
		return texts, true
	case len(numbers) == len(l.Items) && !wantTexts:
		return numbers, true
	}
	what := "numbers"
	if wantTexts {
		what = "names of axes"
	}
	e.fail("type/argument", a.at, "`%s` of `%s` is a list of %s, but this is %s", p.Name, k.Name, what, describe(l))
	return nil, false
}

// bindSteps makes the steps of a setting known under their names.
func (e *elaborator) bindSteps(setting string) (undo func()) {
	saved := maps.Clone(e.frame.names)
	for _, k := range e.program.kinds {
		if k.For == setting {
			e.frame.names[k.Name] = &binding{value: &stepKind{k, setting}}
		}
	}
	return func() { e.frame.names = saved }
}

// stepList reads a list of steps.
func (e *elaborator) stepList(s *syntax.Setting) []DataStep {
	defer e.bindSteps(s.Name.Text)()
	l, ok := s.Value.(*syntax.List)
	if !ok {
		if v := e.eval(s.Value); !isUnknown(v) {
			e.fail("type/argument", s.Value, "`%s` is a list of steps, but this is %s", s.Name.Text, describe(v)).Help =
				fmt.Sprintf("write %s = [...]", s.Name.Text)
		}
		return nil
	}
	var out []DataStep
	for _, item := range l.Items {
		if step, ok := e.oneStep(s.Name.Text, item.Value); ok {
			out = append(out, step)
		}
	}
	return out
}

// oneStep reads one step; a name alone is the step with its defaults.
func (e *elaborator) oneStep(setting string, x syntax.Expr) (DataStep, bool) {
	fun := x
	if c, ok := x.(*syntax.Call); ok {
		fun = c.Fun
	}
	if id, ok := fun.(*syntax.Ident); ok {
		if _, known := e.frame.names[id.Name]; !known {
			e.unknownStep(setting, id)
			return DataStep{}, false
		}
	}
	switch v := e.eval(x).(type) {
	case *stepValue:
		return v.DataStep, true
	case *stepKind:
		call := &syntax.Call{Fun: x}
		call.At = x.Span()
		if step, ok := e.callStep(call, v, nil).(*stepValue); ok {
			return step.DataStep, true
		}
	case Unknown:
	default:
		e.fail("data/step", x, "`%s` lists steps such as normalize(), but this is %s", setting, describe(v))
	}
	return DataStep{}, false
}

// unknownStep reports a step that there is not, or that belongs to the other setting.
func (e *elaborator) unknownStep(setting string, id *syntax.Ident) {
	var names []string
	for _, k := range e.program.kinds {
		if k.For == setting {
			names = append(names, k.Name)
		} else if k.Name == id.Name {
			e.fail("data/step", id, "`%s` is no step of `%s`", id.Name, setting).Help = fmt.Sprintf("it belongs in `%s`", k.For)
			return
		}
	}
	slices.Sort(names)
	d := e.fail("data/step", id, "`%s` has no step `%s`", setting, id.Name)
	d.Help = orElse(suggest(id.Name, names), "its steps are "+enumerate(names))
}
