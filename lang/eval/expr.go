package eval

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/spell"
	"github.com/vnlang/vn/lang/syntax"
)

// eval computes an expression.
func (e *elaborator) eval(x syntax.Expr) Value {
	if e.limit {
		return Unknown{}
	}
	if e.nesting++; e.nesting > maxNesting {
		e.limit = true
		e.fail("limit/depth", x, "expressions stand more than %s deep inside each other", thousands(maxNesting))
		return Unknown{}
	}
	here := e.here
	e.here = pointAt(x)
	defer func() { e.nesting--; e.here = here }()
	switch x := x.(type) {
	case *syntax.Ident:
		return e.ident(x)
	case *syntax.Int:
		return Int{Value: x.Value}
	case *syntax.Float:
		return Float{x.Value}
	case *syntax.Bool:
		return Bool{x.Value}
	case *syntax.String:
		return String{x.Value}
	case *syntax.Quantity:
		return e.quantity(x)
	case *syntax.List:
		return e.list(x)
	case *syntax.Unary:
		return e.unary(x)
	case *syntax.Binary:
		return e.binary(x)
	case *syntax.Call:
		return e.callExpr(x)
	case *syntax.Index:
		return e.index(x)
	case *syntax.Field:
		return e.field(x)
	}
	return Unknown{}
}

// ident computes a name.
func (e *elaborator) ident(x *syntax.Ident) Value {
	if v, ok := e.lookup(x.Name); ok {
		if _, nothing := v.(Nothing); nothing {
			e.fail("type/nothing", x, "`%s` holds nothing: the block that made it returns no value", x.Name)
			return Unknown{}
		}
		return v
	}
	return e.unknownName(x)
}

// unknownName reports a name that is not known.
func (e *elaborator) unknownName(x *syntax.Ident) Value {
	defer e.frame.bind(x.Name, Unknown{}, x.Span()) // said once is enough
	if at, ok := e.boundLater(x.Name); ok {
		d := e.fail("name/early", x, "`%s` is used before it is made", x.Name)
		d.Notes = append(d.Notes, diag.Note{Text: "it is made here", At: at})
		d.Help = "move that line above this one"
		return Unknown{}
	}
	if _, follows := lastOfSeries(x.Name, slices.Collect(maps.Keys(e.twice))); follows {
		return Unknown{} // two stages have one name: this was to be the other's
	}
	near, ok := spell.Nearest(x.Name, e.visible())
	d := e.fail("name/unknown", x, "nothing is called `%s` here", x.Name)
	stages := e.stageNames()
	switch next, numbered := lastOfSeries(x.Name, stages); {
	case numbered:
		d.Help = fmt.Sprintf("is the line missing that makes the stage `%s`? The last one before it is `%s`", x.Name, next)
	case ok:
		d.Help = "did you mean `" + near + "`?"
	case len(stages) > 0:
		d.Notes = append(d.Notes, diag.Note{Text: "the stages so far are " + enumerate(stages)})
	}
	return Unknown{}
}

// lastOfSeries finds the last stage that differs from a name in its number alone, such as left3 for left4.
func lastOfSeries(name string, stages []string) (string, bool) {
	stem := strings.TrimRight(name, "0123456789")
	for _, s := range slices.Backward(stages) {
		if stem != name && stem != "" && s != stem && strings.TrimRight(s, "0123456789") == stem {
			return s, true
		}
	}
	return "", false
}

// stageNames lists the stages that the user's model has so far.
func (e *elaborator) stageNames() []string {
	var out []string
	for _, s := range e.model.Stages {
		out = append(out, s.Name)
	}
	return out
}

// quantity computes a number with a unit.
func (e *elaborator) quantity(x *syntax.Quantity) Value {
	if slices.Contains(units, x.Unit) {
		return Quantity{x.Value, x.Unit}
	}
	d := e.fail("unit/unknown", x, "`%s` is no unit", x.Unit)
	d.Help = orElse(suggest(x.Unit, units), "the units are mm and voxel")
	if power, ok := metric[x.Unit]; ok {
		text := strings.TrimSuffix(x.Span().Text(), x.Unit)
		d.Help = fmt.Sprintf("the units are mm and voxel; %s is %s", x.Span().Text(), Quantity{shift(text, x.Value, power), "mm"})
	}
	return Unknown{}
}

// metric are lengths that are no units of the language, as powers of ten of a millimetre.
var metric = map[string]int{"m": 3, "dm": 2, "cm": 1, "um": -3, "nm": -6}

// shift multiplies a decimal number by a power of ten without an error of rounding.
func shift(text string, value float64, power int) float64 {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	n, err := strconv.Atoi(orElse(exponent, "0"))
	if err == nil {
		if v, err := strconv.ParseFloat(fmt.Sprintf("%se%d", mantissa, n+power), 64); err == nil {
			return v
		}
	}
	return value * math.Pow10(power)
}

// units are the units of the language: millimetres of the scanner's space, and voxels of the image's grid.
var units = []string{"mm", "voxel"}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

// list computes the elements of a list. One that fails makes the whole Unknown.
func (e *elaborator) list(x *syntax.List) Value {
	l := &List{}
	for _, item := range x.Items {
		v := e.eval(item.Value)
		if !e.something(v, item.Value) {
			return Unknown{}
		}
		if _, ok := item.Value.(*syntax.Quantity); ok && isUnknown(v) {
			return Unknown{} // the others are likely to have the same unit
		}
		label := ""
		if item.Name != nil {
			label = item.Name.Text
		}
		l.Items = append(l.Items, Item{label, v})
	}
	if l.unknown() {
		return Unknown{}
	}
	return e.bounded(x, l)
}

// bounded reports a list that holds too much. The time that its copying takes is counted as steps.
func (e *elaborator) bounded(x syntax.Expr, l *List) Value {
	l.inside = l.weight()
	e.steps += len(l.Items) / 10
	if l.inside > maxList {
		e.fail("limit/list", x, "the list has more than %s elements", thousands(maxList))
		return Unknown{}
	}
	return l
}

// something reports a value that is none, where one is wanted.
func (e *elaborator) something(v Value, x syntax.Expr) bool {
	if _, ok := v.(Nothing); ok {
		e.fail("type/nothing", x, "%s returns nothing, and a value is wanted here", title(x)).Help =
			"end the block with `return` and a value"
		return false
	}
	return true
}

// field computes a name of an imported file.
func (e *elaborator) field(x *syntax.Field) Value {
	from := e.eval(x.X)
	m, ok := from.(*Module)
	if !ok {
		if !isUnknown(from) {
			e.fail("type/field", x, "%s is %s, which has no names in it", title(x.X), describe(from)).Help =
				"a dot follows the name of an imported file: stages.encoder"
		}
		return Unknown{}
	}
	if v, ok := e.declared(m.unit, x.Name.Text); ok {
		return v
	}
	if slices.Contains(m.unit.broken, x.Name.Text) {
		return Unknown{}
	}
	var names []string
	for name := range m.unit.decls {
		names = append(names, name)
	}
	slices.Sort(names)
	e.fail("name/unknown", x.Name, "%s declares no `%s`", m.unit.source.Name, x.Name.Text).Help =
		orElse(suggest(x.Name.Text, names), "it declares "+enumerate(names))
	return Unknown{}
}

// Module is an imported file.
type Module struct {
	name string
	unit *unit
}

// String prints the file's name.
func (m *Module) String() string { return m.name + ", imported from " + m.unit.source.Name }

// Kind names the type for messages.
func (*Module) Kind() string { return "an imported file" }
