// Package runtime says what a backend is: something that runs plans.
//
// A Device opens a Plan together with the Variables that it works on, its parameters and states, and gives a Session,
// which runs steps. The training plan and the inference plan of a model are two sessions on the same variables. There
// are three backends: package reference (slow, float64, the definition), package cpu, and package cuda; package
// devicetest is the suite that each of them passes.
package runtime

import (
	"github.com/vnlang/vn/compiler/plan"
)

// Device runs plans.
type Device interface {
	// Name is what a user calls it: "cpu", "reference".
	Name() string
	// Variables makes room for the variables of all the given plans; they are zero until Load fills them or Adopt
	// replaces them. A name that stands in several plans is one variable, and must have one type.
	Variables(plans ...*plan.Plan) (Variables, error)
	// Open prepares a plan to run on the variables. All memory that its runs need is taken here.
	Open(p *plan.Plan, v Variables) (Session, error)
	// Memory returns the bytes that a session of the plan takes, its variables left out.
	Memory(p *plan.Plan) int64
	// Close gives back what the device holds.
	Close() error
}

// Variables are parameters and states on a device, by name. They are not safe for use while a session runs.
type Variables interface {
	// Names returns the names, sorted.
	Names() []string
	// Load sets a variable from dense values in memory order.
	Load(name string, values []float32) error
	// Adopt is a Load that may keep the slice: a device that works in the process's own memory makes it the variable,
	// without a copy, where the variable has no memory yet (nothing was loaded or stored, and no session opened); else it
	// copies. Either way the caller leaves the slice alone from here on, and may give its memory back (unmap it, say)
	// only when neither the variables nor a session on them is used any more. Sessions of plans that update the variable
	// write to it, and so does Load: memory that cannot be written is for plans that only read. Any place that []float32
	// can have will do; a multiple of 64 bytes is read fastest.
	Adopt(name string, values []float32) error
	// Store copies a variable's values into dst, which has its size.
	Store(name string, dst []float32) error
	// Size returns the number of elements of a variable, or -1 when there is none of that name.
	Size(name string) int
}

// Session is a plan that is ready to run. It is used by one goroutine at a time; sessions of one device, which share its
// threads, take turns.
type Session interface {
	// Run runs one step: reads the inputs, writes the outputs and updates the variables. A step that fails leaves the
	// variables as they were before it or, where it says so, undefined.
	Run(s Step) error
	// Close gives back the session's memory.
	Close() error
}

// Step is what one run is given.
type Step struct {
	Seed    uint64               // key of the counter-based generator
	Step    uint64               // number of steps done before this one
	Inputs  map[string][]float32 // by name, dense in memory order, the batch first
	Outputs map[string][]float32 // by name; each is filled; outputs that are left out are not copied
}
