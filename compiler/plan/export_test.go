package plan

import "github.com/vnlang/vn/compiler/ir"

// Effort returns how many cuts are looked into, and how many plans are written, to lower the memory of a graph's plan.
func Effort(g *ir.Graph) (cuts, plans int, err error) {
	p, err := lower(g)
	if err != nil {
		return 0, 0, err
	}
	spent := p.recompute()
	return spent.cuts, spent.plans, nil
}
