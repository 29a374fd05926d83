// Package plan turns a graph into an execution plan: what a backend runs, and the only thing that it needs.
//
// A Plan is a list of Kernels over a few Buffers. A kernel is an anchor and a pointwise Program behind it: the anchor
// is a contraction, a window or a reduction, or there is none; bias, residual, activation, the arithmetic of losses and
// the optimizer's update ride on the kernels that make or read their data, and sums over space on the convolution that
// makes their argument. Buffers that live within a step share one arena at offsets fixed here, from the times at which
// they live; a concatenation is a buffer whose parts are written straight into their places. What is a few cheap maps of
// something else is made again where that lowers the peak of the arena. Running a plan allocates nothing.
//
// Plans are immutable. The same graph gives the same plan, byte for byte, on every machine; what a backend needs
// beside it (workspace, layouts of its own) it adds when it opens the plan.
package plan

import (
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/lang/source"
)

// Plan is an execution plan.
type Plan struct {
	Name    string
	Mode    ir.Mode
	Batch   int
	Buffers []Buffer
	Kernels []Kernel  // in the order in which they run
	Arena   int64     // bytes
	Graph   *ir.Graph `json:"-"` // what it computes
}

// Class says whose memory a buffer is.
type Class string

// The classes of buffers.
const (
	InArena  Class = "arena"    // lives within a step, at Offset of the arena
	Input    Class = "input"    // written by the caller before a step
	Output   Class = "output"   // read by the caller after a step
	Variable Class = "variable" // a parameter or a state; lives from step to step
)

// Buffer is a dense array of float32 that values lie in.
type Buffer struct {
	Name   string // of the first value in it; for inputs, outputs and variables their own
	Class  Class
	Type   ir.Type
	Offset int64 `json:",omitempty"` // bytes from the arena's start; a multiple of Alignment
}

// Alignment is what every offset in the arena is a multiple of, in bytes: a cache line.
const Alignment = 64

// View is where a value lies: the element at index i of its type is the element Offset + Σ i·Strides of the buffer.
type View struct {
	Buffer  int   // index in Plan.Buffers
	Offset  int   `json:",omitempty"` // elements
	Strides []int // elements, one for each axis; 0 along an axis that is broadcast
}

// Kernel is one launch.
type Kernel struct {
	Name    string     // of the value that names it
	Anchor  *Anchor    `json:",omitempty"` // nil: a map over Domain
	Domain  []ir.Axis  // what the program runs over; the anchor's result, or for a reduction what goes into it
	Program []Instr    `json:",omitempty"` // values on the domain
	Loads   []Load     `json:",omitempty"`
	Stores  []Store    `json:",omitempty"`
	Reduces []Reduce   `json:",omitempty"`
	Stage   string     `json:",omitempty"`
	Cost    KernelCost // of one run
	At      []source.Position
}

// KernelCost counts what a kernel does.
type KernelCost struct {
	FLOPs int64
	Bytes int64 // read and written, each operand once
}

// Anchor is the contraction or window of a kernel. Its result is the program's instruction "anchor".
type Anchor struct {
	Value string // of the graph, that it computes
	Args  []View // where the arguments lie; dense within a sample

	// Taken from the graph, not stored with the plan.
	Op    ir.Op     `json:"-"` // Convolve, ConvolveInput, ConvolveWeight, MatMul, MaxPool, ...
	Types []ir.Type `json:"-"` // of the arguments
	Type  ir.Type   `json:"-"` // of the result
}

// Instr is one instruction of a pointwise program. Its result is the register of its index.
type Instr struct {
	Op    string  // a map's kind, or load, constant, random, anchor
	Args  []int   `json:",omitempty"` // registers
	Index int     `json:",omitempty"` // load: the entry of Loads; random: the stream
	Value float64 `json:",omitempty"` // constant
	Text  string  `json:",omitempty"` // random: the distribution; cast: the dtype
}

// Load reads a value on the kernel's domain.
type Load struct {
	View
	Bounds []Bound `json:",omitempty"` // where the value is zero outside: a padded axis
}

// Bound says that a load is zero where the index along a domain axis is outside Low ≤ i < High.
type Bound struct {
	Axis      int
	Low, High int
}

// Store writes a register, element by element.
type Store struct {
	Register int
	View
}

// Reduce combines a register over axes of the domain and writes the result.
type Reduce struct {
	Register int
	Op       string // sum, reduce_max or reduce_min
	Axes     []int  // of the domain, in order; those that vanish
	View            // of the result; strides for the axes that stay
}

// Bytes returns the size of the buffer.
func (b Buffer) Bytes() int64 { return int64(b.Type.Elements()) * 4 }
