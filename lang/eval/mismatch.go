package eval

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vnlang/vn/lang/syntax"
)

// mismatch reports an argument of a wrong type.
func (e *elaborator) mismatch(block string, p parameter, a *argument, v Value) {
	if !strings.Contains(block, "`") { // the settings of a declaration are called by more than its name
		block = "`" + block + "`"
	}
	what := fmt.Sprintf("`%s` of %s", p.name, block)
	if a.piped {
		what = "what is piped into " + block
	}
	must := "be " + wanted(p.kind)
	if p.axis {
		must = "name an axis"
	}
	e.fail("type/argument", a.at, "%s must %s, but this is %s", what, must, describe(v)).Help = e.instead(p, a, v)
}

// instead says what to write for an argument of a wrong type, "" where it is not clear what was meant.
func (e *elaborator) instead(p parameter, a *argument, v Value) string {
	switch f := v.(type) {
	case *Block:
		if id, ok := a.text.(*syntax.Ident); ok && (p.kind == "string" || p.kind == "list") {
			return suggest(id.Name, words)
		}
		if p.kind == "tensor" {
			return fmt.Sprintf("`%s` was given no tensor yet: pipe one into it, as in %s |> %s", f.Name(), e.someTensor(), f.Name())
		}
	case Float:
		if p.kind == "int" {
			return "an int has no fraction; floor(x) rounds down"
		}
	case *Tensor:
		if p.kind == "int" || p.kind == "float" {
			return "a setting is known when the model is compiled; a tensor is not"
		}
	case String:
		if p.kind == "tensor" && slices.Contains(words, f.Value) {
			return fmt.Sprintf("`%s` is the name of an axis or of a way to do something here", f.Value)
		}
		if _, literal := a.text.(*syntax.String); literal && e.readsAs(f.Value, p.kind) {
			name := ""
			if a.name != nil {
				name = a.name.Text + ": "
			}
			return "leave the quotes out: " + name + f.Value
		}
	}
	return ""
}

// readsAs reports whether a text without its quotes would be a value of a type.
func (e *elaborator) readsAs(text, kind string) bool {
	switch kind {
	case "int":
		_, err := strconv.Atoi(text)
		return err == nil
	case "float", "number":
		_, err := strconv.ParseFloat(text, 64)
		return err == nil
	case "bool":
		return text == "true" || text == "false"
	case "block":
		v, ok := e.lookup(text)
		return ok && callable(v)
	}
	return false
}

// someTensor names a tensor that the user's own text has at hand, for an example: the last stage of the model, else its
// input, or what the block at hand is given.
func (e *elaborator) someTensor() string {
	f := e.frame
	for f != nil && f.call != nil && f.unit.library {
		f = f.caller
	}
	if f != nil && f.call != nil {
		if tensors := f.block.free(true); len(tensors) > 0 {
			return tensors[0].Name.Text
		}
	}
	switch m := e.model; {
	case len(m.Stages) > 0:
		return m.Stages[len(m.Stages)-1].Name
	case len(m.Inputs) > 0:
		return m.Inputs[0].Name
	}
	return "image"
}

// wanted says what a type is, for "must be ...".
func wanted(kind string) string {
	switch kind {
	case "int":
		return "an int"
	case "list":
		return "a list"
	case "number":
		return "a number"
	}
	return "a " + kind
}
