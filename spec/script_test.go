package spec

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/vnlang/vn/compiler"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// runScript runs a script line by line, as a session does: an input ends where it is complete, and an error in one does
// not stop the next.
func (c chunk) runScript(texts map[string]string) []string {
	all := map[string]string{"session.vn": ""}
	maps.Copy(all, texts)
	p, found := load("session.vn", all)
	if len(found) > 0 {
		return []string{rendered(found)}
	}
	g := &recorder{ir: &ir.Graph{Name: "session", Mode: ir.Inference, Batch: 1}, data: map[string][]float32{}}
	g.emitter = compiler.Emitter(g.ir)
	s := p.Session(eval.Options{Graph: g})
	s.Add(eval.Source{Signature: "literal(values: list)", Code: "type/argument", Read: g.literal})
	values := map[int]eval.Value{} // by the line on which an input ends
	begin, lines := 0, strings.SplitAfter(c.text, "\n")
	for i, end := 0, 0; i < len(lines); i++ {
		end += len(lines[i])
		script, errs := syntax.ParseScript(source.NewFile("session", blank(c.text[:begin])+c.text[begin:end]))
		if script.Incomplete && i < len(lines)-1 {
			continue
		}
		begin = end
		if !errs.HasErrors() {
			var results []eval.Result
			results, errs = s.Attempt(script)
			for _, r := range results {
				values[i+1] = r.Value
			}
		}
		found = append(found, errs...)
	}
	return append(c.compare(found), c.values(g, values)...)
}

// blank replaces a text by spaces, so that what follows it stays in its place.
func blank(text string) string {
	b := []byte(text)
	for i := range b {
		if b[i] != '\n' {
			b[i] = ' '
		}
	}
	return string(b)
}

// values compares the values of a script's lines with what the comments behind them say.
func (c chunk) values(g *recorder, got map[int]eval.Value) []string {
	var problems []string
	for i, line := range strings.Split(c.text, "\n") {
		_, want, ok := strings.Cut(line, "// -> ")
		if !ok {
			continue
		}
		v := got[i+1]
		if v == nil {
			problems = append(problems, fmt.Sprintf("line %d: this line has no value", i+1))
			continue
		}
		text := v.String()
		if t, ok := v.(*eval.Tensor); ok && !strings.HasPrefix(want, "tensor") {
			var err error
			if text, err = g.evaluate(t); err != nil {
				text = err.Error()
			}
		}
		if text != want {
			problems = append(problems, fmt.Sprintf("line %d: the value is %s, not %s", i+1, text, want))
		}
	}
	return problems
}

// recorder is the graph of a session, with the elements of its literals.
type recorder struct {
	ir      *ir.Graph
	emitter eval.Graph
	data    map[string][]float32
}

// Emit appends a value. Leaves of one name are told apart by a number.
func (g *recorder) Emit(n eval.Node) (eval.Ref, error) {
	if name, ok := n.Attrs["name"].(string); ok {
		n.Attrs = maps.Clone(n.Attrs)
		n.Attrs["name"] = fmt.Sprintf("%s_%d", name, len(g.ir.Values))
	}
	return g.emitter.Emit(n)
}

// literal makes an input with the elements of nested lists: the innermost run along x, those around them along y, z
// and channel.
func (g *recorder) literal(args map[string]eval.Value, input func([]eval.Axis) *eval.Tensor) (*eval.Tensor, error) {
	var sizes []int
	for l := args["values"].(*eval.List); l != nil; {
		if len(l.Items) == 0 {
			return nil, errors.New("a list of no numbers is no tensor")
		}
		sizes = append(sizes, len(l.Items))
		l, _ = l.Items[0].Value.(*eval.List)
	}
	names := []string{ir.Channel, ir.Z, ir.Y, ir.X}
	if len(sizes) > len(names) {
		return nil, errors.New("the lists are too deep")
	}
	var axes []eval.Axis
	for i, name := range names[len(names)-len(sizes):] {
		axes = append(axes, eval.Axis{Name: name, Size: eval.Size{Value: sizes[i]}})
	}
	t := input(axes)
	_, name := t.Ref.(*ir.Value).Leaf()
	g.data[name] = flatten(nil, args["values"])
	return t, nil
}

// flatten appends the numbers of nested lists.
func flatten(data []float32, v eval.Value) []float32 {
	switch v := v.(type) {
	case *eval.List:
		for _, item := range v.Items {
			data = flatten(data, item.Value)
		}
	case eval.Int:
		data = append(data, float32(v.Value))
	case eval.Float:
		data = append(data, float32(v.Value))
	}
	return data
}

// evaluate computes a tensor of the session.
func (g *recorder) evaluate(t *eval.Tensor) (string, error) {
	part := ir.Clone(g.ir)
	part.Outputs = []ir.Output{{Name: "value", Value: part.Values[t.Ref.(*ir.Value).ID]}}
	if err := ir.Compact(part); err != nil {
		return "", err
	}
	return evaluate(part, g.data)
}
