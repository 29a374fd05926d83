package pass

import "github.com/vnlang/vn/compiler/ir"

// rewrite goes through a graph in order and offers each value to replace, which returns the value to use in its stead,
// or nil to keep it. What replace appends by the builder stands where the value stood, with its stage and positions, so
// that the order of the graph stays that of the program.
func rewrite(g *ir.Graph, replace func(b *ir.Builder, v *ir.Value) *ir.Value) error {
	b := ir.NewBuilder(g)
	old := g.Values
	g.Values = make([]*ir.Value, 0, len(old))
	replaced := map[*ir.Value]*ir.Value{}
	for _, v := range old {
		for i, a := range v.Args {
			if w := replaced[a]; w != nil {
				v.Args[i] = w
			}
		}
		b.Stage, b.At = v.Stage, v.At
		w := replace(b, v)
		if w != nil && w != v {
			replaced[v] = w
			continue
		}
		g.Values = append(g.Values, v)
	}
	if err := b.Err(); err != nil {
		return err
	}
	ir.ReplaceUses(g, replaced)
	return ir.Compact(g)
}
