package eval

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/syntax"
)

// argument is a value given in a call.
type argument struct {
	name  *syntax.Name // nil where it is given by position
	text  syntax.Expr  // nil where it comes from no text
	at    syntax.Node
	value Value
	piped bool
}

// arguments computes what stands in a call's brackets. `as: "name"` names the call itself and is taken out.
func (e *elaborator) arguments(x *syntax.Call) (args []*argument, as string, ok bool) {
	ok = true
	seen := map[string]*argument{}
	named := (*syntax.Argument)(nil)
	for i, a := range x.Args {
		arg := &argument{name: a.Name, text: a.Value, at: a.Value, piped: x.Piped && i == 0}
		arg.value = e.eval(a.Value)
		if !e.something(arg.value, a.Value) {
			ok = false
		}
		switch {
		case a.Name == nil && named != nil:
			e.fail("call/order", a.Value, "an argument by position follows the named argument `%s`", named.Name.Text).Help =
				"give it a name too, or move it before the named ones"
			ok = false
		case a.Name == nil:
		case a.Name.Text == "as":
			as, ok = e.givenName(arg, ok)
			continue
		case seen[a.Name.Text] != nil:
			d := e.fail("call/duplicate", a, "`%s` is given twice", a.Name.Text)
			d.Notes = append(d.Notes, diag.Note{Text: "it was given here", At: seen[a.Name.Text].name.Span()})
			d.Help = leaveOut
			ok = false
			continue
		default:
			named = a
			seen[a.Name.Text] = arg
		}
		args = append(args, arg)
	}
	return args, as, ok
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// givenName returns the name that `as:` gives to a call.
func (e *elaborator) givenName(a *argument, ok bool) (string, bool) {
	if s, isString := a.value.(String); isString && identifier.MatchString(s.Value) {
		return s.Value, ok
	}
	if !isUnknown(a.value) {
		e.fail("parameter/name", a.at, "`as` names the parameters of a call, but this is %s", describe(a.value)).Help =
			`write a name of letters, digits and _ in quotes: as: "head"`
	}
	return "", false
}

// match gives each parameter its argument and checks its type. It reports what is missing and what is too much.
func (e *elaborator) match(x *syntax.Call, b *Block, args []*argument) (map[string]*argument, bool) {
	given := map[string]*argument{}
	free := append(b.free(true), b.free(false)...)
	position := 0
	ok := true
	for _, a := range args {
		var p *syntax.Param
		if a.name != nil {
			if p = b.param(a.name.Text); p == nil {
				e.unexpected(x, b, a)
				ok = false
				continue
			}
		} else if position < len(free) {
			p = free[position]
			position++
		} else {
			e.tooMany(x, b, a, len(free))
			ok = false
			break
		}
		if given[p.Name.Text] != nil {
			d := e.fail("call/duplicate", a.at, "`%s` of `%s` is given by position and by name", p.Name.Text, b.Name())
			d.Notes = append(d.Notes, e.declaration(b))
			d.Help = leaveOut
			if given[p.Name.Text].piped {
				d.Help = fmt.Sprintf("%s: what is piped is already `%s`", leaveOut, p.Name.Text)
			}
			ok = false
			continue
		}
		v, good := e.accept(b.Name(), paramOf(p), a)
		if !good {
			e.noteDeclaration(b)
			ok = false
		}
		given[p.Name.Text] = &argument{name: a.name, text: a.text, at: a.at, value: v, piped: a.piped}
	}
	if !ok {
		return nil, false // an argument that was not understood may be the one that would be missed
	}
	return given, e.complete(x, b, given)
}

// complete reports parameters that have neither an argument nor a default.
func (e *elaborator) complete(x *syntax.Call, b *Block, given map[string]*argument) bool {
	var missing []string
	for _, p := range b.decl.Params {
		if given[p.Name.Text] == nil && b.bound[p.Name.Text] == nil && p.Default == nil {
			missing = append(missing, p.Name.Text)
		}
	}
	if len(missing) == 0 {
		return true
	}
	d := e.fail("call/missing", x, "`%s` also needs %s", b.Name(), quoted(missing))
	p := b.param(missing[0])
	if isTensorParam(p) {
		d.Help = fmt.Sprintf("give it a tensor: %s", e.example(x, b, given, missing[0]))
	} else {
		d.Help = "add it: " + completed(x, missing)
		if len(missing) > 1 {
			d.Help = "add them: " + completed(x, missing)
		}
	}
	d.Notes = append([]diag.Note{e.declaration(b)}, d.Notes...)
	return false
}

// leaveOut is the help where something is given twice.
const leaveOut = "leave one of the two out"

// completed writes a call, or the name of what is called, with settings that it lacks: before what is given by name,
// behind what is given by position.
func completed(x syntax.Expr, missing []string) string {
	fun := x
	var args, named []string
	if c, ok := x.(*syntax.Call); ok {
		fun = c.Fun
		for i, a := range c.Args {
			text := shorten(a.Span().Text(), 40)
			switch {
			case c.Piped && i == 0:
			case a.Name == nil:
				args = append(args, text)
			default:
				named = append(named, text)
			}
		}
	}
	for _, name := range missing {
		args = append(args, name+": ...")
	}
	return fun.Span().Text() + "(" + strings.Join(append(args, named...), ", ") + ")"
}

// example writes a call with a tensor put in where it is missing.
func (e *elaborator) example(x *syntax.Call, b *Block, given map[string]*argument, missing string) string {
	if len(given) == 0 {
		return "t |> " + x.Fun.Span().Text()
	}
	return x.Fun.Span().Text() + "(" + missing + ")"
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = "`" + n + "`"
	}
	return enumerate(out)
}

// unexpected reports an argument whose name no parameter has.
func (e *elaborator) unexpected(x *syntax.Call, b *Block, a *argument) {
	var names, settings []string
	for _, p := range b.decl.Params {
		names = append(names, p.Name.Text)
		if !isTensorParam(p) {
			settings = append(settings, p.Name.Text)
		}
	}
	d := e.fail("call/unexpected", a.name, "`%s` has no setting `%s`", b.Name(), a.name.Text)
	d.Help = suggest(a.name.Text, names)
	if d.Help == "" && len(settings) > 0 {
		d.Help = "its settings are " + enumerate(settings)
	}
	d.Notes = append([]diag.Note{e.declaration(b)}, d.Notes...)
}

// tooMany reports an argument that no parameter is left for.
func (e *elaborator) tooMany(x *syntax.Call, b *Block, a *argument, takes int) {
	d := e.fail("call/unexpected", a.at, "`%s` takes %s, and this is one more", b.Name(), plural(takes, "argument"))
	d.Notes = append([]diag.Note{e.declaration(b)}, d.Notes...)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if what == "axis" {
		return fmt.Sprintf("%d axes", n)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// arePlural is plural behind "there": "is 1 channel", "are 2 channels".
func arePlural(n int, what string) string { return verb(n) + " " + plural(n, what) }

// areIs is plural with its verb: "1 voxel is", "2 voxels are".
func areIs(n int, what string) string { return plural(n, what) + " " + verb(n) }

func verb(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// thousands writes a number as prose does: 1,000,000.
func thousands[T int | int64](n T) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// declaration is the note that shows how a block is declared.
func (e *elaborator) declaration(b *Block) diag.Note {
	return diag.Note{Text: b.signature(), At: b.declaredAt()}
}

// noteDeclaration adds the declaration of a block to the error just reported.
func (e *elaborator) noteDeclaration(b *Block) {
	if n := len(e.found); n > 0 {
		d := e.found[n-1]
		note := e.declaration(b)
		if !slices.Contains(d.Notes, note) {
			d.Notes = append([]diag.Note{note}, d.Notes...)
		}
	}
}
