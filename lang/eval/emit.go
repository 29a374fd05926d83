package eval

import (
	"fmt"

	"github.com/vnlang/vn/lang/diag"
)

// emit appends a primitive to the graph and returns its value. The axes are those of one sample.
func (e *elaborator) emit(op string, attrs map[string]any, axes []Axis, batched bool, args ...*Tensor) *Tensor {
	t := &Tensor{Axes: axes, Batched: batched, DType: "f32"}
	if len(args) > 0 {
		t.DType = args[len(args)-1].DType // of select, a branch and not the condition
	}
	node := Node{Op: op, Attrs: attrs, Axes: e.full(axes, batched), Name: e.binding, Stage: e.stage, At: e.trail()}
	for _, a := range args {
		node.Args = append(node.Args, a.Ref)
	}
	for _, a := range node.Axes {
		if a.Size.Value > maxSize {
			e.tooLarge(t, fmt.Sprintf("its %s is larger than %s", a.Name, thousands(maxSize)))
			return t
		}
	}
	if elements(node.Axes) > maxElements {
		e.tooLarge(t, "it has more than 2^40 elements")
		return t
	}
	if e.nodes++; e.nodes > maxNodes && !e.limit {
		e.limit = true
		e.report(&diag.Diagnostic{Code: "limit/steps", Summary: fmt.Sprintf("the model has more than %s primitives", thousands(maxNodes)), At: e.site(),
			Help: "is there a loop inside a loop, or a block that calls itself too often?"})
	}
	if e.limit {
		return t
	}
	ref, err := e.graph.Emit(node)
	if err != nil {
		e.limit = true
		d := &diag.Diagnostic{Code: "internal/graph", Summary: "the compiler does not take its own " + op + ": " + err.Error(),
			At: e.site(), Help: "this is a fault of the compiler: please report it with the program"}
		e.report(d)
	}
	t.Ref = ref
	return t
}

// tooLarge stops the elaboration at a tensor that cannot be.
func (e *elaborator) tooLarge(t *Tensor, why string) {
	if e.limit {
		return
	}
	e.limit = true
	e.report(&diag.Diagnostic{Code: "limit/tensor", Summary: "a " + t.String() + " is too large: " + why, At: e.site(),
		Help: "are the sizes given in the order channel, x, y, z?"})
}

// full returns the axes with the batch's where the tensor has one.
func (e *elaborator) full(axes []Axis, batched bool) []Axis {
	if !batched {
		return axes
	}
	return append([]Axis{{batchAxis, e.batch}}, axes...)
}

// constant emits a number.
func (e *elaborator) scalar(v float64) *Tensor {
	return e.emit("constant", map[string]any{"value": v, "axes": []Axis(nil)}, nil, false)
}

// tensor returns a value as a tensor: numbers become constants.
func (e *elaborator) tensor(v Value) (*Tensor, bool) {
	if t, ok := v.(*Tensor); ok {
		return t, true
	}
	if f, ok := number(v); ok {
		return e.scalar(f), true
	}
	return nil, false
}

// broadcast gives a tensor the axes wanted; those it has already are of that size or of size 1.
func (e *elaborator) broadcast(t *Tensor, axes []Axis, batched bool) *Tensor {
	if t.Batched == batched && sameAxes(t.Axes, axes) {
		return t
	}
	return e.emit("broadcast", map[string]any{"axes": e.full(axes, batched)}, axes, batched, t)
}

func sameAxes(a, b []Axis) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || a[i].Size.Value != b[i].Size.Value {
			return false
		}
	}
	return true
}
