// Package op holds the primitives of the compiler's graph, one file each. A file is everything about its primitive
// except the fast kernels: the attributes, the shape rule, the gradient, the evaluation in float64 that defines it, and
// its cost.
//
// The primitives are few, and nothing in them is particular to a layer: leaves, maps, shapes, reductions, contractions
// and windows. Layers, losses and optimizers are written in the language, from these.
//
// A feature map has the axes [batch, channel, z, y, x], or without z, or without z and y; a convolution's weight has
// [out, in, z, y, x]. Lists of sizes for the spatial axes (Stride, PadLow, Size) stand in memory order, the slowest
// axis first, with one entry for each.
//
// An op is a plain value, such as Sum{Axes: []string{"channel"}}, and it never changes. Table lists them all; Lookup
// finds one by its kind, and New also sets its attributes. To add a primitive, write its file, add it to Table, and add
// its cases to the tests that walk the table; they fail until everything is there.
package op

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// Table is every primitive, with no attributes set.
var Table = []ir.Op{
	// Leaves.
	Input{}, Parameter{}, State{}, Constant{}, Random{},
	// Maps of one argument.
	Neg{}, Exp{}, Log{}, Sqrt{}, Abs{}, Floor{}, StopGradient{}, Cast{},
	// Maps of several arguments.
	Add{}, Sub{}, Mul{}, Div{}, Max{}, Min{}, Pow{}, Eq{}, Ne{}, Lt{}, Le{}, Gt{}, Ge{}, Select{},
	// Shapes.
	Broadcast{}, Reshape{}, Transpose{}, Slice{}, Pad{}, Concat{},
	// Reductions.
	Sum{}, ReduceMax{}, ReduceMin{}, ArgMax{},
	// Contractions.
	Convolve{}, ConvolveInput{}, ConvolveWeight{}, MatMul{},
	// Windows.
	MaxPool{}, MaxPoolGradient{}, Resize{}, ResizeGradient{},
}

var byKind = func() map[string]ir.Op {
	m := make(map[string]ir.Op, len(Table))
	for _, o := range Table {
		m[o.Kind()] = o
	}
	return m
}()

// Lookup returns the primitive of a kind, with no attributes set.
func Lookup(kind string) (ir.Op, bool) {
	o, ok := byKind[kind]
	return o, ok
}

// New returns the primitive of a kind with attributes, which go by their names in the text form: the struct's field in
// lower case. Lists of axes are []ir.Axis. An unknown kind, an unknown attribute and a value of the wrong type are
// errors; whether the attributes fit the arguments is the shape rule's question.
func New(kind string, attrs map[string]any) (ir.Op, error) {
	o, ok := Lookup(kind)
	if !ok {
		return nil, fmt.Errorf("there is no primitive %q", kind)
	}
	return ir.WithAttributes(o, attrs)
}
