package pass

import (
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// Powers writes small whole powers as products: x^2 as x·x, x^3 as x·x·x. A power in general goes through a logarithm and
// takes as long as a hundred products, and variances and optimizers are full of squares.
func Powers(g *ir.Graph) error {
	return rewrite(g, func(b *ir.Builder, v *ir.Value) *ir.Value {
		if _, ok := v.Op.(op.Pow); !ok {
			return nil
		}
		x := v.Args[0]
		switch c, ok := splat(v.Args[1]); {
		case ok && c == 2:
			return b.Add(op.Mul{}, x, x)
		case ok && c == 3:
			return b.Add(op.Mul{}, b.Add(op.Mul{}, x, x), x)
		}
		return nil
	})
}
