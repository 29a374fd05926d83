// Package ir is the compiler's graph: what a model computes, as typed values in SSA form.
//
// A Graph is a list of Values, each made by one primitive Op from values that stand before it. Types are static: a
// dtype and named axes in memory order, batch first. Nothing in a graph says how it is computed; that is the plan's
// part. What a graph computes is defined by evaluating every op in float64, one after the other (Evaluate).
//
// A graph prints as text, one value a line with its source position, and parses back to the same graph. Passes are
// tested from text to text. The verifier (Verify) states every rule that a graph obeys; it runs after each pass in
// tests.
//
// The primitives themselves live in package op, one file each; ir knows them only by the Op interface.
package ir

import (
	"github.com/vnlang/vn/lang/source"
)

// Graph is what a model computes for one batch.
type Graph struct {
	Name    string
	Mode    Mode
	Batch   int      // samples in a batch
	Values  []*Value // each after its arguments
	Outputs []Output
	Updates []Update
}

// Mode says what a graph is for.
type Mode string

// The two graphs of a model.
const (
	Inference Mode = "inference"
	Training  Mode = "training"
)

// Output is a value that the caller reads.
type Output struct {
	Name  string
	Value *Value
}

// Update gives a parameter or a state its next value, at the end of the step.
type Update struct {
	Target *Value // made by a Parameter or State op
	Value  *Value
}

// Value is one value: the result of an op. It is not changed once it is in a graph, except by passes.
type Value struct {
	ID    int    // its place in Graph.Values
	Name  string // unique in the graph; as it is printed
	Op    Op
	Args  []*Value
	Type  Type
	Stage string            // the stage of the model that it belongs to; may be empty
	At    []source.Position // where it was made, innermost call first
}

// Op is a primitive: one file of package op holds everything about it except the fast kernels. An op is a plain
// struct whose exported fields are its attributes; they print and parse by their names in lower case, and two ops are
// the same when their kinds and attributes are.
type Op interface {
	// Kind is the op's name in the text form, such as "convolve".
	Kind() string
	// Infer is the shape rule: the type of the result, or why the arguments do not fit.
	Infer(args []Type) (Type, error)
	// Gradient emits the gradient of the loss with respect to each argument of v, given d, the one with respect to v
	// itself. An entry is nil where the argument gets none.
	Gradient(b *Builder, v, d *Value) []*Value
	// Evaluate computes the result in float64. It is the definition of the op.
	Evaluate(c Context, out *Tensor, args []*Tensor)
	// Cost counts the arithmetic of one evaluation.
	Cost(out Type, args []Type) Cost
}

// Context is what an evaluation may depend on beside its arguments: the key of the counter-based generator.
type Context struct {
	Seed uint64
	Step uint64
}

// Cost is the arithmetic of an op.
type Cost struct {
	FLOPs int64 // floating-point operations; a multiply-add counts two
}

// Tensor is a dense array of float64, as the reference evaluation uses them.
type Tensor struct {
	Type Type
	Data []float64
}

// NewTensor returns a tensor of zeros.
func NewTensor(t Type) *Tensor { return &Tensor{t, make([]float64, t.Elements())} }
