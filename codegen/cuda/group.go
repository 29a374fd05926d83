package cuda

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
)

// The optimizer updates every parameter by the same program. Most parameters are small, a bias or a slope, and a launch of
// its own for each would take longer than its work. So the updates of small parameters are put off to the end of the step
// and done by one launch, which finds the parameters of a block in a table. Large ones are updated at once, so that their
// gradients do not pile up in memory.

// smallElements is what a small parameter has at most.
const smallElements = 1 << 14

// scheduled returns a plan that does the same with the small updates at its end, the kernels in groups of one program, and
// for each kernel its index in the plan that was given.
func scheduled(p *plan.Plan) (out *plan.Plan, groups [][]int, original []int) {
	put := map[string][]int{}
	var keys []string
	late := make([]bool, len(p.Kernels))
	for i := range p.Kernels {
		if key, ok := common(p, i); ok {
			if put[key] == nil {
				keys = append(keys, key)
			}
			put[key] = append(put[key], i)
		}
	}
	for _, key := range keys {
		if len(put[key]) > 1 {
			for _, i := range put[key] {
				late[i] = true
			}
		}
	}
	copied := *p
	copied.Kernels = nil
	add := func(i int) int {
		copied.Kernels = append(copied.Kernels, p.Kernels[i])
		original = append(original, i)
		return len(copied.Kernels) - 1
	}
	for i := range p.Kernels {
		if !late[i] {
			groups = append(groups, []int{add(i)})
		}
	}
	for _, key := range keys {
		if len(put[key]) < 2 {
			continue
		}
		var group []int
		for _, i := range put[key] {
			group = append(group, add(i))
		}
		groups = append(groups, group)
	}
	return &copied, groups, original
}

// common returns what kernels have in common that one launch can do together, or false where a kernel cannot be put off to
// the end: it must be a map over the whole of small variables, which nothing touches after it.
func common(p *plan.Plan, at int) (string, bool) {
	k := merged(nil, &p.Kernels[at])
	if k.Anchor != nil || len(k.Reduces) > 0 || len(k.Domain) > 1 || draws(k) || elements(k) > smallElements {
		return "", false
	}
	var key strings.Builder
	fmt.Fprint(&key, k.Program)
	buffers := []int{}
	note := func(v plan.View) bool {
		i := slices.Index(buffers, v.Buffer)
		if i < 0 {
			i = len(buffers)
			buffers = append(buffers, v.Buffer)
		}
		stride := 0
		if len(v.Strides) > 0 {
			stride = v.Strides[0]
		}
		fmt.Fprint(&key, i, stride, ";")
		return v.Offset == 0 && stride <= 1
	}
	for _, l := range k.Loads {
		if !note(l.View) || len(l.Bounds) > 0 || isFeatureMap(p.Buffers[l.Buffer].Type) {
			return "", false
		}
	}
	for _, s := range k.Stores {
		if !note(s.View) || p.Buffers[s.Buffer].Class != plan.Variable || p.Buffers[s.Buffer].Type.Elements() != elements(k) {
			return "", false
		}
		fmt.Fprint(&key, s.Register)
	}
	for i := at + 1; i < len(p.Kernels); i++ {
		for _, s := range k.Stores {
			if touches(&p.Kernels[i], s.Buffer, true) {
				return "", false
			}
		}
		for _, l := range k.Loads {
			if touches(&p.Kernels[i], l.Buffer, false) {
				return "", false
			}
		}
	}
	return key.String(), true
}

// touches reports whether a kernel writes a buffer, or, where reads count too, reads it.
func touches(k *plan.Kernel, buffer int, reads bool) bool {
	is := func(v plan.View) bool { return v.Buffer == buffer }
	return slices.ContainsFunc(k.Stores, func(s plan.Store) bool { return is(s.View) }) ||
		slices.ContainsFunc(k.Reduces, func(r plan.Reduce) bool { return is(r.View) }) ||
		reads && (slices.ContainsFunc(k.Loads, func(l plan.Load) bool { return is(l.View) }) ||
			k.Anchor != nil && slices.ContainsFunc(k.Anchor.Args, is))
}

func elements(k *plan.Kernel) int { return ir.Type{Axes: k.Domain}.Elements() }

// group appends one launch for kernels of one program, and to what runs before the first step the launches that write
// its table. A row of the table is the pointers of one kernel, its number of elements, and its first block.
func (u *unit) group(kernels []int) {
	template := merged(u.layout, &u.plan.Kernels[kernels[0]])
	pointers := roles(template)
	width := len(pointers) + 2
	at := u.keep(int64(len(kernels)*width) * 8)
	var cost plan.KernelCost
	blocks := 0
	fill := &body{layout: u.layout}
	flush := func() {
		if len(fill.params) > 0 {
			u.prepare = append(u.prepare, u.launch(fill, shape{grid: [3]int{1, 1, 1}, block: warpSize}, "table", plan.KernelCost{}))
			fill = &body{layout: u.layout}
		}
	}
	for row, i := range kernels {
		u.begin(i)
		k := &u.plan.Kernels[i]
		table := fill.parameter(param{dtype: "vn_u64", written: true, place: Place{Offset: at}, section: inKept})
		for j, buffer := range roles(merged(u.layout, k)) {
			fill.line("%s[%d] = (vn_u64)%s;", table, row*width+j, fill.pointer(buffer, true))
		}
		fill.line("%s[%d] = %d;", table, row*width+len(pointers), elements(k))
		fill.line("%s[%d] = %d;", table, row*width+len(pointers)+1, blocks)
		blocks += ceil(elements(k), threads)
		c := u.cost(k)
		cost.FLOPs, cost.Bytes = cost.FLOPs+c.FLOPs, cost.Bytes+c.Bytes
		if len(fill.params) > 64 {
			flush()
		}
	}
	flush()
	u.begin(kernels[0])
	b := &body{layout: u.layout, named: map[int]string{}}
	table := b.parameter(param{dtype: "vn_u64", place: Place{Offset: at}, section: inKept})
	b.line("const vn_u64* row = vn_row(%s, %d, %d, blockIdx.x);", table, len(kernels), width)
	b.line("const int i0 = ((int)blockIdx.x - (int)row[%d]) * %d + threadIdx.x;", width-1, threads)
	b.line("if (i0 >= (int)row[%d]) return;", width-2)
	for j, buffer := range pointers {
		name := fmt.Sprintf("q%d", j)
		b.line("float* const %s = (float*)row[%d];", name, j)
		b.named[buffer] = name
	}
	p := &program{body: b, kernel: template, index: []string{"i0"}, axis: -1, lanes: 1}
	if len(template.Domain) == 0 {
		p.index = nil
	}
	p.instructions()
	p.stores()
	note := fmt.Sprintf("%d updates in one", len(kernels))
	u.call(b, shape{grid: [3]int{blocks, 1, 1}, block: threads}, note, cost)
}

// roles returns the buffers that a kernel's program touches, in the order in which it names them first.
func roles(k *plan.Kernel) []int {
	var list []int
	for _, v := range programViews(k) {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// programViews returns the buffers of a kernel's loads and stores.
func programViews(k *plan.Kernel) []int {
	var list []int
	for _, l := range k.Loads {
		list = append(list, l.Buffer)
	}
	for _, s := range k.Stores {
		list = append(list, s.Buffer)
	}
	return list
}
