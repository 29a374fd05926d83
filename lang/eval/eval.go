// Package eval runs programs: elaboration is interpretation.
//
// Compile-time values (numbers, strings, lists, quantities, blocks) are computed; tensors are symbolic. Running the
// body of a model emits one Node for each primitive into a Graph, which the compiler implements and this package
// knows nothing more of. A model is run once for each of its plans: `training` is a compile-time value.
//
// The machine is a tree walker. A call pushes a frame, which holds the names bound so far (they grow statement by
// statement, so that the interactive session is the same machine with a frame that stays open), the text of each
// argument, and the path under which parameters made here are named. The frames are also the trail of a message: an
// error inside the standard library is reported at the user's own line, with the calls below it as notes.
//
// A value that could not be computed is Unknown; whatever follows from it is Unknown too, without another word, so
// that one mistake gives one error. Nothing panics on a program and nothing runs away: calls, steps, lists and the
// size of a tensor are bounded.
//
// Tensors have named axes and are aligned by name. In memory the axes of every tensor stand in one canonical order
// (batch, out, in, other names, channel, z, y, x); programs write sizes in the order channel, x, y, z. Every size
// remembers how it came to be from the model's input sizes (Size), which gives messages their reasons and `inspect`
// the sizes that a model accepts.
package eval

import (
	"fmt"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// The bounds of an elaboration.
const (
	maxCalls    = 200       // blocks inside blocks
	maxSteps    = 1_000_000 // statements and calls in one elaboration
	maxList     = 100_000   // elements of a list
	maxNodes    = 100_000   // primitives in one elaboration
	maxNesting  = 4_000     // expressions inside expressions, over all calls
	maxErrors   = 200       // what is said of one elaboration
	maxSize     = 1 << 24   // of one axis
	maxElements = 1 << 40   // of one tensor
)

// elaborator is the machine. One runs one model, one expression, or one interactive session.
type elaborator struct {
	program *Program
	graph   Graph
	options Options
	model   *Model // receives inputs, stages, parameters, states and updates
	place   place
	found   diag.List
	said    map[string]bool // what was reported already, by code and place
	limit   bool            // a bound was hit: nothing runs any more

	frame   *frame
	here    source.Span // the expression that is evaluated
	binding string      // the name that the value at hand will have
	stage   string      // the stage that is being made
	steps   int
	nodes   int
	calls   int
	nesting int

	constants   map[*syntax.Setting]Value
	evaluating  []*syntax.Setting // constants, each needed by the one before it
	constraints []constraint
	misaligned  []misalignment
	batch       Size
	step        *Tensor         // the input "step", once it is needed
	twice       map[string]bool // stages that were made twice
	applied     map[*syntax.Block]bool
}

// place says what is being elaborated; some builtins work in some places only.
type place string

const (
	inModel     place = "a model"
	inLoss      place = "a loss"
	inOptimizer place = "an optimizer"
	inConstant  place = "a constant"
	inSettings  place = "the settings of data or train"
	inSession   place = "the session"
)

// newElaborator returns a machine with nothing bound.
func newElaborator(p *Program, o Options, where place) *elaborator {
	if o.Graph == nil {
		o.Graph = discard{}
	}
	batch := o.Batch
	if batch < 1 {
		batch = 1
	}
	return &elaborator{
		program: p, graph: o.Graph, options: o, place: where,
		model:     &Model{},
		said:      map[string]bool{},
		constants: map[*syntax.Setting]Value{},
		batch:     Size{Value: batch}, twice: map[string]bool{}, applied: map[*syntax.Block]bool{},
	}
}

// discard is the graph of an elaboration that is run for its messages alone.
type discard struct{}

// Emit forgets the node.
func (discard) Emit(Node) (Ref, error) { return nil, nil }

// report adds a diagnostic, unless the same was said before, and returns the unknown value.
func (e *elaborator) report(d *diag.Diagnostic) Value {
	key := fmt.Sprint(d.Code, d.At.String(), d.At.End, d.Summary)
	if !e.said[key] {
		e.said[key] = true
		e.found = append(e.found, d)
		e.limit = e.limit || len(e.found) >= maxErrors
	}
	return Unknown{}
}

// fail reports an error at a piece of the program text: blamed on the user's own line when the text is the standard
// library's.
func (e *elaborator) fail(code diag.Code, at syntax.Node, format string, args ...any) *diag.Diagnostic {
	d := &diag.Diagnostic{Code: code, Summary: fmt.Sprintf(format, args...)}
	e.blame(d, at)
	e.report(d)
	return d
}

// tick counts one unit of work and reports whether the machine may go on.
func (e *elaborator) tick(at syntax.Node) bool {
	if e.limit {
		return false
	}
	e.steps++
	if e.steps > maxSteps {
		e.limit = true
		e.fail("limit/steps", at, "the elaboration takes more than %s steps", thousands(maxSteps)).Help =
			"is there a loop inside a loop, or a block that calls itself without end?"
		return false
	}
	return true
}
