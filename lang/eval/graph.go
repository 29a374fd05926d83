package eval

import "github.com/vnlang/vn/lang/source"

// Graph receives the values that elaboration makes. The compiler implements it; the evaluator knows nothing more of
// what becomes of a tensor.
type Graph interface {
	// Emit appends the value of one primitive and returns the graph's handle for it. An error is a fault of the
	// compiler, not of the program: the evaluator checks shapes first, with better words.
	Emit(Node) (Ref, error)
}

// Ref is a graph's handle for a value; opaque to the evaluator.
type Ref any

// Node is one primitive as it is applied.
type Node struct {
	Op    string         // the primitive's kind, such as "convolve"
	Attrs map[string]any // its attributes by the names of the text form: bool, int, float64, string, []int, []string, []Axis
	Args  []Ref
	Axes  []Axis            // of the result, in memory order, the batch included
	Name  string            // what the source calls it, for the reader of the graph; may be empty
	Stage string            // the stage of the model that it belongs to; may be empty
	At    []source.Position // where it was made, innermost call first
}

// Axis is a named axis of a tensor and its size.
type Axis struct {
	Name string
	Size Size
}
