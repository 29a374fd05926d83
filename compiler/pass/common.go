package pass

import (
	"fmt"
	"strings"

	"github.com/vnlang/vn/compiler/ir"
)

// Common gives values that are made by the same op from the same arguments to all their users as one. Leaves are told
// apart by their names, random values by their streams, so they need no rule of their own; of two states or parameters
// there are never two of one name.
func Common(g *ir.Graph) error {
	first := map[string]*ir.Value{}
	same := map[*ir.Value]*ir.Value{}
	of := func(v *ir.Value) *ir.Value {
		if w, ok := same[v]; ok {
			return w
		}
		return v
	}
	for _, v := range g.Values {
		var key strings.Builder
		fmt.Fprintf(&key, "%s %#v %s", v.Op.Kind(), v.Op, v.Type)
		for _, a := range v.Args {
			fmt.Fprintf(&key, " %d", of(a).ID)
		}
		k := key.String()
		kind, _ := v.Leaf()
		if w, ok := first[k]; ok && kind == "" {
			same[v] = w
			continue
		}
		first[k] = v
	}
	ir.ReplaceUses(g, same)
	return nil
}
