package ir

import (
	"fmt"

	"github.com/vnlang/vn/lang/source"
)

// Builder appends values to a graph. An op whose arguments do not fit is remembered as the builder's error, and the
// value that comes back is a placeholder; so a series of calls needs one check, at its end.
type Builder struct {
	Graph *Graph
	Stage string            // given to the values that are made
	At    []source.Position // likewise
	err   error
	names map[string]int
}

// NewBuilder returns a builder that appends to g.
func NewBuilder(g *Graph) *Builder {
	b := &Builder{Graph: g, names: map[string]int{}}
	for _, v := range g.Values {
		b.names[v.Name]++
	}
	return b
}

// Add appends the value of op applied to args.
func (b *Builder) Add(op Op, args ...*Value) *Value {
	types := make([]Type, len(args))
	for i, a := range args {
		types[i] = a.Type
	}
	t, err := op.Infer(types)
	if err == nil {
		err = t.Check()
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", op.Kind(), err)
		if len(b.At) > 0 {
			err = fmt.Errorf("%s: %w", b.At[0], err)
		}
		if b.err == nil {
			b.err = err
		}
	}
	v := &Value{
		ID: len(b.Graph.Values), Op: op, Args: args, Type: t,
		Stage: b.Stage, At: b.At,
	}
	v.Name = b.unique(fmt.Sprintf("v%d", v.ID))
	b.Graph.Values = append(b.Graph.Values, v)
	return v
}

// Rename gives v the name, or the name with a number when it is taken. Characters that no name may hold become "_".
func (b *Builder) Rename(v *Value, name string) {
	v.Name = b.unique(toWord(name))
}

// Err returns the first error of the values added so far.
func (b *Builder) Err() error { return b.err }

// unique returns name, or name with a number when it is taken.
func (b *Builder) unique(name string) string {
	free := name
	for n := b.names[name]; b.names[free] > 0; {
		n++
		free = fmt.Sprintf("%s_%d", name, n)
		b.names[name] = n
	}
	b.names[free]++
	return free
}
