package compiler

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/lang/eval"
)

// lowering is the graph that the elaborator emits into.
type lowering struct {
	builder *ir.Builder
}

// Emitter returns what an elaboration emits into for the graph to grow. A caller that owns its graph, as the
// interactive session does, takes a new one after it changed the graph by other means.
func Emitter(g *ir.Graph) eval.Graph { return &lowering{ir.NewBuilder(g)} }

// Emit appends the value of a primitive.
func (l *lowering) Emit(n eval.Node) (eval.Ref, error) {
	attrs := make(map[string]any, len(n.Attrs))
	for name, v := range n.Attrs {
		if axes, ok := v.([]eval.Axis); ok {
			v = axesOf(axes)
		}
		attrs[name] = v
	}
	o, err := op.New(n.Op, attrs)
	if err != nil {
		return nil, err
	}
	args := make([]*ir.Value, len(n.Args))
	for i, a := range n.Args {
		v, ok := a.(*ir.Value)
		if !ok {
			return nil, fmt.Errorf("argument %d of %s is not in the graph", i, n.Op)
		}
		args[i] = v
	}
	l.builder.Stage, l.builder.At = n.Stage, n.At
	v := l.builder.Add(o, args...)
	if err := l.builder.Err(); err != nil {
		return nil, err
	}
	if want := axesOf(n.Axes); !slices.Equal(v.Type.Axes, want) {
		return nil, fmt.Errorf("%s is %s, where the elaborator counts on %s", n.Op, v.Type, ir.NewType(want...))
	}
	if n.Name != "" {
		l.builder.Rename(v, n.Name)
	}
	return v, nil
}

func axesOf(axes []eval.Axis) []ir.Axis {
	out := make([]ir.Axis, len(axes))
	for i, a := range axes {
		out[i] = ir.Axis{Name: a.Name, Size: a.Size.Value}
	}
	return out
}
