package devicetest

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/pass"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime"
)

// Hostile encodes the plan of a random graph, changes a few things in the file, and reads it back. A file that is still
// taken must run without a fault, whatever it computes. It reports whether it was taken.
func Hostile(t *testing.T, d runtime.Device, seed uint64) bool {
	t.Helper()
	g := randomGraph(t, seed/16)
	if err := pass.Run(g, false); err != nil {
		t.Fatal(err)
	}
	p, err := plan.Build(g)
	if err != nil {
		t.Fatal(err)
	}
	data, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 2))
	for range 1 + r.IntN(2) {
		damage(r, tree["Plan"])
	}
	if data, err = json.Marshal(tree); err != nil {
		t.Fatal(err)
	}
	p, err = plan.Decode("hostile.json", data)
	if err != nil {
		return false
	}
	if tooLarge(d, p) {
		return true
	}
	run(t, d, p, seed)
	return true
}

// tooLarge reports whether a plan would take a test too much memory or time.
func tooLarge(d runtime.Device, p *plan.Plan) bool {
	bytes := d.Memory(p)
	for _, b := range p.Buffers {
		bytes += b.Bytes()
	}
	elements := 0
	for _, k := range p.Kernels {
		elements = max(elements, ir.NewType(k.Domain...).Elements())
	}
	return bytes > 1<<26 || elements > 1<<22
}

// damage changes one thing somewhere in a JSON value.
func damage(r *rand.Rand, v any) {
	switch v := v.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		if len(keys) == 0 {
			return
		}
		key := keys[r.IntN(len(keys))]
		if r.IntN(50) == 0 {
			delete(v, key)
			return
		}
		if list, ok := v[key].([]any); ok && len(list) > 0 && r.IntN(8) == 0 {
			v[key] = rearranged(r, list)
			return
		}
		v[key] = damaged(r, v[key])
	case []any:
		if len(v) > 0 {
			i := r.IntN(len(v))
			v[i] = damaged(r, v[i])
		}
	}
}

// rearranged returns a list with an element gone, twice there, or in another place.
func rearranged(r *rand.Rand, list []any) []any {
	i, j := r.IntN(len(list)), r.IntN(len(list))
	list = slices.Clone(list)
	switch r.IntN(3) {
	case 0:
		return slices.Delete(list, i, i+1)
	case 1:
		return slices.Insert(list, i, list[j])
	}
	list[i], list[j] = list[j], list[i]
	return list
}

// damaged returns another number or text, or the same tree with something in it changed.
func damaged(r *rand.Rand, v any) any {
	switch x := v.(type) {
	case float64:
		return []float64{x + 1, x - 1, -x, 0, 1, 2 * x, x + 64, -1, 1 << 20, 1 << 40, 1 << 62, 5, 0.5}[r.IntN(13)]
	case string:
		return []string{
			"", "arena", "input", "output", "variable", "load", "anchor", "constant", "random", "cast", "select", "add", "neg",
			"sum", "reduce_max", "bf16", "normal", "in1", "p2", "v9", "batch", "x",
		}[r.IntN(22)]
	}
	damage(r, v)
	return v
}
