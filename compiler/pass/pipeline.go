// Package pass holds the passes of the compiler: functions from a graph to a graph that computes the same with less.
//
// Pipeline lists them in the order in which they run, each with what it is for. A pass is one file with one function;
// the driver, Run, does for each what every pass needs: it names the pass in errors and, where asked, verifies the
// graph behind it. Passes are tested from text to text, under testdata.
package pass

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// Pass is one transformation.
type Pass struct {
	Name string
	Why  string // one line: what it is for, and why it stands where it stands
	Run  func(g *ir.Graph) error
}

// Pipeline is every pass, in the order in which they run.
var Pipeline = []Pass{
	{"dead", "differentiation leaves values that nothing uses; later passes need not look at them", Dead},
	{"fold", "arithmetic on constants is done here, once, and identities vanish", Fold},
	{"powers", "a square is a product, which takes a hundredth of the time; after fold, which finds the exponents", Powers},
	{"narrow", "a map of a broadcast value is the broadcast of the map: less arithmetic, and more in common", Narrow},
	{"common", "what is computed twice is computed once; after narrow, which makes equal things look equal", Common},
	{"dead", "fold, narrow and common leave values behind", Dead},
}

// Run runs the pipeline on a graph. With verify, the graph is verified after each pass.
func Run(g *ir.Graph, verify bool) error {
	for _, p := range Pipeline {
		if err := p.Run(g); err != nil {
			return fmt.Errorf("pass %s: %w", p.Name, err)
		}
		if !verify {
			continue
		}
		if err := ir.Verify(g); err != nil {
			return fmt.Errorf("after pass %s: %w", p.Name, err)
		}
	}
	return nil
}
