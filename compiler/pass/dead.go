package pass

import "github.com/vnlang/vn/compiler/ir"

// Dead removes the values that no output and no update needs, an input among them that nothing reads.
func Dead(g *ir.Graph) error { return ir.Compact(g) }
